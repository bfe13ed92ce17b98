// One tab of this browser owns the telephone; the others show it and ask it to do things. The lock
// goes to the next tab by itself when the owner is closed, whatever the way.
import { type Command, OFF, type PhoneState } from "./state";

type Message =
  | { readonly kind: "state"; readonly state: PhoneState }
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "hello" };

export interface Owner {
  readonly state: PhoneState;
  do(command: Command): void;
  stop(): void;
}

export class Tabs {
  readonly #channel: BroadcastChannel | null;
  readonly #name: string;
  #owner: Owner | null = null;
  #leave: (() => void) | null = null;
  #waiting: AbortController | null = null;
  #partsSoon = false;

  constructor(
    user: string,
    readonly open: (tell: (state: PhoneState) => void) => Owner,
    readonly show: (state: PhoneState) => void,
  ) {
    this.#name = `hovorna-phone-${user}`;
    this.#channel = "BroadcastChannel" in window ? new BroadcastChannel(this.#name) : null;
    this.#channel?.addEventListener("message", ({ data }: MessageEvent<Message>) => this.#hear(data));
  }

  get owns(): boolean {
    return this.#owner !== null;
  }

  /** From now on a telephone; or a tab that shows one. */
  join(): void {
    this.#partsSoon = false;
    if (this.#waiting !== null) return;
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    const holding = (): Promise<void> =>
      new Promise((resolve) => {
        this.#leave = resolve;
        this.#owner = this.open((state) => this.#tell(state));
      });
    // There are none where the page did not come by https; nobody can telephone there, and is told so.
    const locks = navigator.locks as LockManager | undefined;
    if (locks === undefined) void holding();
    else locks.request(this.#name, { signal }, holding).catch(() => {});
    this.#send({ kind: "hello" });
  }

  /** No telephone here any more; a call that goes on here is ended first, by those who speak. */
  part(): void {
    if (this.#owner !== null && this.#owner.state.calls.length > 0) {
      this.#partsSoon = true;
      return;
    }
    this.#partsSoon = false;
    this.#waiting?.abort();
    this.#waiting = null;
    const owner = this.#owner;
    this.#owner = null;
    owner?.stop();
    this.#leave?.();
    this.#leave = null;
    this.show(OFF);
  }

  do(command: Command): void {
    if (this.#owner !== null) this.#owner.do(command);
    else this.#send({ kind: "command", command });
  }

  #hear(message: Message): void {
    switch (message.kind) {
      case "state":
        if (this.#owner === null && this.#waiting !== null) this.show(message.state);
        break;
      case "command":
        this.#owner?.do(message.command);
        break;
      case "hello":
        if (this.#owner !== null) this.#tell(this.#owner.state);
        break;
    }
  }

  #tell(state: PhoneState): void {
    this.#send({ kind: "state", state });
    this.show(state);
    if (this.#partsSoon && state.calls.length === 0) queueMicrotask(() => this.#partsSoon && this.part());
  }

  #send(message: Message): void {
    this.#channel?.postMessage(message);
  }
}
