// What is wrong with the telephone is seen at the button that opens it, and said, while it is closed.
import type { PhoneState } from "./state";

export class Alarm {
  readonly #button = document.querySelector<HTMLElement>("[data-phone-button]");
  readonly #title = this.#button?.title ?? "";
  readonly #label = this.#button?.getAttribute("aria-label") ?? "";
  #said = "";

  constructor(readonly root: HTMLElement) {}

  show(state: PhoneState): void {
    const text = this.#wrong(state);
    const button = this.#button;
    if (button === null || text === this.#said) return;
    button.classList.toggle("has-alarm", text !== "");
    button.title = text === "" ? this.#title : text;
    button.setAttribute("aria-label", text === "" ? this.#label : `${this.#label}: ${text}`);
    const isClosed = this.root.closest<HTMLElement>("#panel")?.hidden === true;
    const region = document.getElementById("announce");
    // In the open panel it is an alert by itself.
    if (isClosed && region !== null) region.textContent = text || (button.dataset["well"] ?? "");
    this.#said = text;
  }

  /** As the panel has it. */
  #wrong(state: PhoneState): string {
    if (state.status === "off") return "";
    const words = (selector: string): string => this.root.querySelector(selector)?.textContent?.trim() ?? "";
    if (state.problem !== null) return words(`[data-phone-problem="${state.problem}"]`);
    if (state.status === "lost" || state.status === "refused") return words(`[data-phone-status="${state.status}"]`);
    return state.away.length > 0 ? words("[data-phone-away]") : "";
  }
}
