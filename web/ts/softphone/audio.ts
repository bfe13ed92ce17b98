// Microphone, the other side's voice, and the bell.
import type { Problem } from "./state";
import type { Settings } from "./settings";
import { bell } from "./bell";

export class MicrophoneError extends Error {
  constructor(readonly problem: Problem) {
    super(problem);
  }
}

function problemOf(error: unknown): Problem {
  const name = error instanceof DOMException ? error.name : "";
  return name === "NotAllowedError" || name === "SecurityError" ? "microphone-refused" : "microphone-missing";
}

/** Asks for the microphone. Throws MicrophoneError. */
export async function microphone(settings: Settings): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new MicrophoneError("insecure");
  const wanted: MediaTrackConstraints = {
    echoCancellation: settings.processing,
    noiseSuppression: settings.processing,
    autoGainControl: settings.processing,
  };
  if (settings.microphone !== "") wanted.deviceId = { exact: settings.microphone };
  try {
    return await devices.getUserMedia({ audio: wanted });
  } catch (error) {
    // The headset that was chosen is not plugged in: any other is better than none.
    if (settings.microphone !== "" && problemOf(error) === "microphone-missing") {
      return microphone({ ...settings, microphone: "" });
    }
    throw new MicrophoneError(problemOf(error));
  }
}

export function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Where a sound comes out, in browsers that let one choose. */
export async function direct(element: HTMLAudioElement, device: string): Promise<void> {
  if (!("setSinkId" in element)) return;
  try {
    await element.setSinkId(device);
  } catch {
    // Unplugged: it stays where the system plays.
  }
}

/** An element that plays a call. It is in the page, for some browsers play nothing outside of it. */
export function voice(settings: Settings): HTMLAudioElement {
  const element = document.createElement("audio");
  element.autoplay = true;
  element.hidden = true;
  element.volume = settings.volume;
  document.body.append(element);
  void direct(element, settings.speaker);
  return element;
}

export class Ringer {
  readonly #element = document.createElement("audio");
  #rings = false;

  constructor() {
    this.#element.loop = true;
  }

  async ring(on: boolean, settings: Settings): Promise<void> {
    if (on === this.#rings) return;
    this.#rings = on;
    if (!on) {
      this.#element.pause();
      return;
    }
    if (this.#element.src === "") this.#element.src = bell();
    this.#element.volume = settings.ringVolume;
    this.#element.currentTime = 0;
    await direct(this.#element, settings.ringer);
    // A page that nobody has touched yet may not make a sound; the strip and the notification do.
    if (this.#rings) await this.#element.play().catch(() => {});
  }
}
