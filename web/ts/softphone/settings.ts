// What a browser remembers of its telephone, for each user of it: nothing secret.

export interface Settings {
  readonly microphone: string; // a device's id; "" for the system's choice
  readonly speaker: string;
  readonly ringer: string;
  readonly names: Readonly<Record<string, string>>; // of the chosen devices, for when they are not plugged in
  readonly volume: number; // 0 to 1, of the other side's voice
  readonly ringVolume: number;
  readonly waiting: boolean; // a tone in the ear when another calls in a talk
  readonly processing: boolean; // echo cancellation, noise suppression, gain control
}

/** A call that goes on here, by its key, and how it was. */
export interface LiveCall {
  readonly key: string;
  readonly held: boolean;
  readonly muted: boolean;
}

const DEFAULTS: Settings = {
  microphone: "",
  speaker: "",
  ringer: "",
  names: {},
  volume: 1,
  ringVolume: 0.6,
  waiting: true,
  processing: true,
};

export class Memory {
  readonly #prefix: string;

  constructor(user: string) {
    this.#prefix = `hovorna-phone-${user}-`;
  }

  get chosen(): boolean {
    return this.#get("device") === "browser";
  }

  set chosen(browser: boolean) {
    this.#set("device", browser ? "browser" : "");
  }

  /** Whether calls placed here ring the user's mobile first. */
  get mobile(): boolean {
    return this.#get("from") === "mobile";
  }

  set mobile(chosen: boolean) {
    this.#set("from", chosen ? "mobile" : "");
  }

  /** Names this browser to the server, so that it rings here and not in another one. */
  get browser(): string {
    const kept = this.#get("id");
    if (kept !== null && kept !== "") return kept;
    const made = crypto.getRandomValues(new Uint32Array(3)).join("-");
    this.#set("id", made);
    return made;
  }

  get settings(): Settings {
    try {
      return { ...DEFAULTS, ...(JSON.parse(this.#get("settings") ?? "{}") as Partial<Settings>) };
    } catch {
      return DEFAULTS;
    }
  }

  set settings(settings: Settings) {
    this.#set("settings", JSON.stringify(settings));
  }

  /** The calls that go on here, and when that was last so: a reloaded page takes them back. */
  get live(): { readonly calls: readonly LiveCall[]; readonly at: number } {
    try {
      const { calls = [], at } = JSON.parse(this.#get("live") ?? "") as { calls?: LiveCall[]; at: number };
      return { calls, at };
    } catch {
      return { calls: [], at: 0 };
    }
  }

  keepLive(calls: readonly LiveCall[], at: number): void {
    this.#set("live", JSON.stringify({ calls, at }));
  }

  isDevice(key: string | null): boolean {
    return key === `${this.#prefix}device` || key === `${this.#prefix}from`;
  }

  // Storage may be forbidden: the choice then lasts as long as the page.
  #get(name: string): string | null {
    try {
      return localStorage.getItem(this.#prefix + name);
    } catch {
      return null;
    }
  }

  #set(name: string, value: string): void {
    try {
      localStorage.setItem(this.#prefix + name, value);
    } catch {
      // As above.
    }
  }
}
