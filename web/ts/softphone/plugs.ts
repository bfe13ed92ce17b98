// Which of the chosen devices are plugged in; the system's take the places of the others until they are back.
import type { Memory, Settings } from "./settings";
import type { Problem } from "./state";

const KINDS = { microphone: "audioinput", speaker: "audiooutput", ringer: "audiooutput" } as const;

export type Use = keyof typeof KINDS;

export function isUse(name: string): name is Use {
  return name in KINDS;
}

/** Those that can be chosen for `use`; the system's own choice is none of them. */
export async function devicesFor(use: Use): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter((one) => one.kind === KINDS[use] && one.deviceId !== "" && one.deviceId !== "default");
}

export interface Plugged {
  /** With "" for what is not there. */
  readonly settings: Settings;
  /** What the missing ones are called, each once. */
  readonly away: readonly string[];
  /** Why nobody could speak here, known before somebody calls. */
  readonly problem: Problem | null;
}

/** Before the microphone was allowed, browsers tell no devices: then all are taken to be there. */
export async function plugged(settings: Settings): Promise<Plugged> {
  const there = { ...settings };
  const away = new Set<string>();
  for (const use of Object.keys(KINDS).filter(isUse)) {
    if (settings[use] === "") continue;
    const devices = await devicesFor(use);
    if (devices.length === 0 && !(await areTold(use))) continue;
    if (devices.some((one) => one.deviceId === settings[use])) continue;
    there[use] = "";
    away.add(settings.names[use] ?? "");
  }
  return { settings: there, away: [...away], problem: await problemNow() };
}

async function problemNow(): Promise<Problem | null> {
  if ((await microphonePermission())?.state === "denied") return "microphone-refused";
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.some((one) => one.kind === "audioinput") ? null : "microphone-missing";
}

/** null in browsers that do not tell. */
async function microphonePermission(): Promise<PermissionStatus | null> {
  try {
    return await navigator.permissions.query({ name: "microphone" as PermissionName });
  } catch {
    return null;
  }
}

/** Whether the browser names devices of this kind at all. */
async function areTold(use: Use): Promise<boolean> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.some((one) => one.kind === KINDS[use] && one.label !== "");
}

/** Keeps an eye on them; `changed` is called when something was plugged in or out, or chosen. */
export class Plugs {
  #now: Plugged;
  #permission: PermissionStatus | null = null;

  constructor(
    readonly memory: Memory,
    readonly changed: () => void,
  ) {
    this.#now = { settings: memory.settings, away: [], problem: null };
    navigator.mediaDevices?.addEventListener?.("devicechange", this.look);
    // What is watched must be kept, or the browser forgets it.
    void microphonePermission().then((permission) => {
      this.#permission = permission;
      permission?.addEventListener("change", this.look);
    });
    void this.look();
  }

  get settings(): Settings {
    return this.#now.settings;
  }

  get away(): readonly string[] {
    return this.#now.away;
  }

  get problem(): Problem | null {
    return this.#now.problem;
  }

  /** The microphone was refused once, and may be used now. */
  get mayListen(): boolean {
    return this.#permission?.state === "granted";
  }

  readonly look = async (): Promise<void> => {
    this.#now = await plugged(this.memory.settings);
    this.changed();
  };

  stop(): void {
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.look);
    this.#permission?.removeEventListener("change", this.look);
  }
}
