// The demo's guide ticks off what was tried; it is told here of what only this telephone knows.
import { csrf } from "./account";
import { allowed, type Command, type PhoneState } from "./state";

export class Guide {
  readonly #told = new Set<string>();
  // The guide may be read in another tab than the one where the phone is used.
  readonly #tabs = "BroadcastChannel" in window ? new BroadcastChannel("hovorna-guide") : null;

  constructor(readonly root: HTMLElement) {
    this.#tabs?.addEventListener("message", () => this.#changed());
  }

  saw(state: PhoneState): void {
    for (const call of state.calls) {
      if (call.muted) this.#tell("mute");
      if (call.key === "" && call.direction === "outgoing" && call.state === "talking") this.#tell("echo");
    }
  }

  heard(command: Command, state: PhoneState): void {
    const call = state.calls.find((one) => one.id === command.call);
    if (command.act === "digit" && call !== undefined && allowed("digit", call)) this.#tell("digits");
  }

  #tell(step: string): void {
    const url = this.root.dataset["guide"];
    if (url === undefined || this.#told.has(step)) return;
    this.#told.add(step);
    void fetch(url, { method: "POST", headers: { "X-CSRF-Token": csrf() }, body: new URLSearchParams({ step }) })
      .then(() => {
        this.#changed();
        this.#tabs?.postMessage(step);
      })
      .catch(() => this.#told.delete(step));
  }

  #changed(): void {
    document.dispatchEvent(new Event("guide:changed"));
  }
}
