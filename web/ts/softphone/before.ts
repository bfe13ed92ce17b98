// The calls of the page before, which this one takes back as they were; kept for the page after it.
import type { LiveCall, Memory } from "./settings";

const TAKEN_BACK_FOR = 25_000; // ms in which a reloaded page takes its calls back

export class Before {
  #calls: readonly LiveCall[];
  readonly #until: number;

  constructor(readonly memory: Memory) {
    const { calls, at } = memory.live;
    this.#calls = calls;
    this.#until = at + TAKEN_BACK_FOR;
  }

  /** How this call was, if it may still come back. */
  find(key: string): LiveCall | undefined {
    return this.#missing.find((one) => one.key === key);
  }

  /** These go on now; those of the page before are not forgotten while they may still come back. */
  keep(live: readonly LiveCall[]): void {
    this.#calls = this.#calls.filter((one) => !live.some((other) => other.key === one.key));
    const missing = this.#missing;
    if (live.length > 0 || missing.length === 0) this.memory.keepLive([...live, ...missing], Date.now());
  }

  get #missing(): readonly LiveCall[] {
    return Date.now() < this.#until ? this.#calls : [];
  }
}
