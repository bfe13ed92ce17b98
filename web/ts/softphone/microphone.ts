// The microphone: asked for, and kept for the length of a call.
import type { Problem } from "./state";
import type { Settings } from "./settings";

export class MicrophoneError extends Error {
  constructor(readonly problem: Problem) {
    super(problem);
  }
}

/** Why nobody can telephone in this page, whatever is plugged in. */
export function incapable(): Problem | null {
  if ((navigator.mediaDevices as MediaDevices | undefined) === undefined) return "insecure";
  return "RTCPeerConnection" in window ? null : "unsupported";
}

function problemOf(error: unknown): Problem {
  const name = error instanceof DOMException ? error.name : "";
  return name === "NotAllowedError" || name === "SecurityError" ? "microphone-refused" : "microphone-missing";
}

/** Asks for the microphone. Throws MicrophoneError. */
export async function microphone(settings: Settings): Promise<MediaStream> {
  const problem = incapable();
  if (problem !== null) throw new MicrophoneError(problem);
  const wanted: MediaTrackConstraints = {
    echoCancellation: settings.processing,
    noiseSuppression: settings.processing,
    autoGainControl: settings.processing,
  };
  if (settings.microphone !== "") wanted.deviceId = { exact: settings.microphone };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: wanted });
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

export interface Speaker {
  readonly muted: boolean;
  readonly connection: RTCPeerConnection | null;
  failed(problem: Problem): void;
  mended(problem: Problem): void;
}

const SILENT_AFTER = 1000; // ms: browsers mute it for moments while devices change

/** Of one call. Where it is unplugged, or another is chosen, that one takes its place. Where the system
 * or another program takes its sound away, that is said: the employee would speak to nobody. */
export class Microphone {
  #stream: MediaStream | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly speaker: Speaker,
    public settings: Settings,
  ) {}

  /** Throws MicrophoneError. */
  async open(): Promise<MediaStream> {
    const stream = await microphone(this.settings);
    this.use(stream);
    return stream;
  }

  use(stream: MediaStream): void {
    this.#stream = stream;
    for (const track of stream.getAudioTracks()) {
      track.addEventListener("ended", () => {
        if (this.#stream === stream) void this.change();
      });
      track.addEventListener("mute", () => this.#isSilent(track));
      track.addEventListener("unmute", () => this.#isHeard());
    }
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#look);
  }

  close(): void {
    for (const act of [this.#again, this.#look]) navigator.mediaDevices?.removeEventListener?.("devicechange", act);
    this.#isHeard();
    stop(this.#stream);
    this.#stream = null;
  }

  #isSilent(track: MediaStreamTrack): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      if (track.muted && this.#stream?.getTracks().includes(track) === true) this.speaker.failed("microphone-silent");
    }, SILENT_AFTER);
  }

  #isHeard(): void {
    clearTimeout(this.#silence);
    this.speaker.mended("microphone-silent");
  }

  // Not every browser tells with an event that the one in use is gone.
  readonly #look = (): void => {
    const tracks = this.#stream?.getAudioTracks() ?? [];
    if (tracks.some((track) => track.readyState === "ended")) void this.change();
  };

  /** To the one of the settings, or to what there is. */
  async change(): Promise<void> {
    const before = this.#stream;
    const sender = this.speaker.connection?.getSenders().find((one) => one.track?.kind === "audio");
    if (before === null || sender === undefined) return;
    try {
      const stream = await microphone(this.settings);
      const [track] = stream.getAudioTracks();
      if (this.#stream !== before || track === undefined) {
        stop(stream); // the call has ended meanwhile
        return;
      }
      track.enabled = !this.speaker.muted;
      await sender.replaceTrack(track);
      this.use(stream);
      stop(before);
      this.#isHeard();
      this.speaker.mended("microphone-missing");
    } catch (error) {
      this.speaker.failed(error instanceof MicrophoneError ? error.problem : "microphone-missing");
      // As soon as something is plugged in.
      navigator.mediaDevices.addEventListener("devicechange", this.#again, { once: true });
    }
  }

  readonly #again = (): void => void this.change();
}
