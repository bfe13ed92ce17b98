// Draws the telephone: its state and its calls in the panel, and the buttons in the call strip. All
// words are in the templates.
import { Alarm } from "./alarm";
import { allowed, type CallState, type PhoneState } from "./state";

export class View {
  readonly #list: HTMLElement | null;
  readonly #template: HTMLTemplateElement | null;
  readonly #alarm: Alarm;
  #state: PhoneState | null = null;

  constructor(readonly root: HTMLElement) {
    this.#alarm = new Alarm(root);
    this.#list = root.querySelector("[data-phone-calls]");
    this.#template = root.querySelector("template[data-phone-call]");
  }

  show(state: PhoneState): void {
    this.#state = state;
    document.documentElement.dataset["phone"] = state.status;
    for (const one of document.querySelectorAll<HTMLElement>("[data-phone-status]")) {
      one.hidden = one.dataset["phoneStatus"] !== state.status;
    }
    for (const one of this.root.querySelectorAll<HTMLElement>("[data-phone-problem]")) {
      one.hidden = one.dataset["phoneProblem"] !== state.problem;
    }
    for (const choice of document.querySelectorAll<HTMLInputElement>("[data-device-choice]")) {
      choice.disabled = state.calls.length > 0; // it would end them
      choice.title = choice.disabled ? (choice.dataset["busyText"] ?? "") : "";
    }
    this.#away(state.away);
    this.#alarm.show(state);
    this.strip();
  }

  #away(names: readonly string[]): void {
    const notice = this.root.querySelector<HTMLElement>("[data-phone-away]");
    if (notice === null) return;
    const text = names.length === 0 ? "" : (notice.dataset["phoneAway"] ?? "").replace("%s", names.join(", "));
    if (notice.textContent !== text) notice.textContent = text; // said aloud only when it changes
    notice.hidden = text === "";
  }

  /** The strip was drawn anew by the server, which does not know this browser's calls. */
  strip(): void {
    const calls = this.#state?.calls ?? [];
    this.#calls(calls);
    const slots = [...document.querySelectorAll<HTMLElement>("[data-device-call]")];
    const keys = new Set(slots.map((slot) => slot.dataset["deviceCall"]));
    for (const slot of slots) {
      const own = calls.filter((call) => call.key === slot.dataset["deviceCall"]);
      // A consultation that was merged has another key here than in the CRM.
      const strays = slots.length === 1 ? calls.filter((call) => !keys.has(call.key) && call.key !== "") : [];
      const call = own[0] ?? strays[0];
      slot.hidden = call === undefined;
      if (call !== undefined) acts(slot, call);
    }
    // It rings at another device of mine only, or rang here before the page was reloaded.
    for (const button of document.querySelectorAll<HTMLElement>("[data-answer-here]")) {
      const here = calls.some((call) => call.key === button.dataset["answerHere"]);
      button.hidden = here || this.#state?.status !== "ready";
    }
  }

  #calls(calls: readonly CallState[]): void {
    if (this.#list === null || this.#template === null) return;
    const rows = new Map(
      [...this.#list.querySelectorAll<HTMLElement>("[data-call-id]")].map((row) => [row.dataset["callId"], row]),
    );
    for (const call of calls) {
      let row = rows.get(call.id);
      rows.delete(call.id);
      if (row === undefined) {
        row = (this.#template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
        row.dataset["callId"] = call.id;
        this.#list.append(row);
      }
      fill(row, call);
      for (const part of row.querySelectorAll<HTMLElement>("[data-call-waits]")) {
        part.hidden = call.state !== "ringing" || !calls.some((other) => other.state === "talking");
      }
    }
    for (const row of rows.values()) row.remove();
  }
}

// The strip knows more of the call than the telephone: the client's card, that it still rings there
// while this telephone, which was called first, has answered, and who is asked while the client waits.
function fill(row: HTMLElement, call: CallState): void {
  const slots = [...document.querySelectorAll<HTMLElement>("[data-device-call]")];
  const known = slots.find((slot) => call.key !== "" && slot.dataset["deviceCall"] === call.key)?.closest<HTMLElement>(".strip-call");
  const later = known?.classList.contains("state-ringing") === true || known?.dataset["speaksLater"] !== undefined;
  const rings = call.state === "talking" && later;
  const asked = call.state === "talking" ? known?.dataset["speaks"] : undefined;
  const state = rings ? "dialling" : call.state;
  row.className = `softphone-call state-${state === "dialling" ? "ringing" : state}`;
  const who = row.querySelector<HTMLElement>("[data-call-who]");
  const name = known?.querySelector(".name")?.textContent?.trim() ?? "";
  if (who !== null) who.textContent = asked ?? (name || call.name || call.number);
  const rests = row.querySelector<HTMLElement>("[data-call-rests]");
  if (rests !== null) {
    rests.hidden = asked === undefined;
    rests.textContent = known?.dataset["rests"] ?? "";
  }
  for (const part of row.querySelectorAll<HTMLElement>("[data-call-state]")) {
    part.hidden = part.dataset["callState"] !== state;
  }
  for (const part of row.querySelectorAll<HTMLElement>("[data-call-quality]")) {
    part.hidden = part.dataset["callQuality"] !== call.quality;
  }
  acts(row, call);
}

function acts(root: HTMLElement, call: CallState): void {
  for (const button of root.querySelectorAll<HTMLElement>("[data-phone-do]")) {
    button.hidden = !allowed(button.dataset["phoneDo"] ?? "", call);
    button.dataset["phoneCall"] = call.id;
  }
}
