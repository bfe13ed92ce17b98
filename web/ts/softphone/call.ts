// One call of this browser: a JsSIP session, and what is heard of it.
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRequest } from "jssip/lib/SIPMessage";
import { direct, speak, voice } from "./audio";
import { Microphone, MicrophoneError, stop } from "./microphone";
import { withAddress } from "./sdp";
import type { LiveCall, Settings } from "./settings";
import type { CallState, Problem, Quality } from "./state";
import { Way } from "./way";

const CALL_HEADER = "X-Call";
const ENOUGH = 60; // ms after the first candidate: those on the same network have come by then
const DECLINED = 603;

export interface Listener {
  changed(call: Call): void;
  /** It has begun, and nobody else is spoken with. */
  speaks(call: Call): void;
  ended(call: Call): void;
  failed(problem: Problem): void;
  /** What was told by `failed` is so no more. */
  mended(problem: Problem): void;
  /** Whether the way to the PBX is open now. */
  alive(): Promise<boolean>;
  /** The PBX shall send its calls anew. */
  anew(): void;
}

export class Call {
  readonly id: string;
  readonly key: string;
  /** The PBX asks for it to be answered at once. */
  readonly wantsAnswer: boolean;
  quality: Quality | null = null;
  #state: CallState["state"];
  #muted = false;
  #since = Date.now();
  #answering = false;
  #before: LiveCall | null = null; // it was here already, and goes on as it was
  #confirmed = false; // before that, nothing may be asked of the other side
  #holdsSoon = false;
  readonly #voice: HTMLAudioElement;
  readonly #microphone: Microphone;
  readonly #way: Way;

  constructor(
    readonly session: RTCSession,
    request: IncomingRequest | null,
    readonly settings: Settings,
    readonly listener: Listener,
  ) {
    this.id = session.id;
    this.key = request?.getHeader(CALL_HEADER) ?? "";
    this.wantsAnswer = /answer-after=0/.test(request?.getHeader("Call-Info") ?? "");
    this.#state = session.direction === "incoming" ? "ringing" : "dialling";
    this.#voice = voice(settings);
    this.#microphone = new Microphone(this, settings);
    this.#way = new Way(session, {
      alive: () => listener.alive(),
      lost: (wasThere) => listener.failed(wasThere ? "sound-lost" : "audio-failed"),
      found: () => this.#found(),
      failed: (wasThere) => (wasThere ? listener.anew() : listener.failed("audio-failed")),
    });
    this.#listen();
  }

  get state(): CallState {
    const other = this.session.remote_identity;
    return {
      id: this.id,
      key: this.key,
      direction: this.session.direction === "incoming" ? "incoming" : "outgoing",
      state: this.#state,
      muted: this.#muted,
      name: other.display_name ?? "",
      number: other.uri.user ?? "",
      since: this.#since,
      quality: this.quality,
    };
  }

  get rings(): boolean {
    return this.#state === "ringing";
  }

  get muted(): boolean {
    return this.#muted;
  }

  get connection(): RTCPeerConnection | null {
    return this.session.connection;
  }

  get talks(): boolean {
    return this.#state === "talking" || this.#state === "held";
  }

  /** What a page that is loaded anew must know of it. */
  get live(): LiveCall {
    return { key: this.key, held: this.#state === "held", muted: this.#muted };
  }

  /** `before`: how it was when it was here already; whoever was on hold hears nothing of this room. */
  async answer(before: LiveCall | null = null): Promise<void> {
    if (!this.rings || this.#answering) return;
    this.#answering = true;
    this.#before = before;
    try {
      const stream = await this.#microphone.open();
      if (before?.held === true || before?.muted === true) {
        for (const track of stream.getAudioTracks()) track.enabled = false;
      }
      if (this.session.isEnded()) {
        stop(stream); // the caller gave up while the browser asked for the microphone
        return;
      }
      this.session.answer({ mediaStream: stream, pcConfig: { iceServers: [] } });
    } catch (error) {
      this.failed(error instanceof MicrophoneError ? error.problem : "audio-failed");
    } finally {
      this.#answering = false;
    }
  }

  /** Of a call that was placed here: its microphone, to be closed with it. */
  owns(stream: MediaStream): void {
    this.#microphone.use(stream);
  }

  failed(problem: Problem): void {
    this.listener.failed(problem);
  }

  mended(problem: Problem): void {
    this.listener.mended(problem);
  }

  reject(): void {
    if (this.rings) this.session.terminate({ status_code: DECLINED });
  }

  hangUp(): void {
    if (!this.session.isEnded()) this.session.terminate();
  }

  hold(): void {
    if (this.#state !== "talking") return;
    if (this.#confirmed) this.session.hold();
    else this.#holdSoon();
  }

  resume(): void {
    if (this.#state === "held" && this.#confirmed) this.session.unhold();
  }

  mute(on: boolean): void {
    if (on) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
  }

  digit(digit: string): void {
    if (this.talks && /^[0-9*#A-D]$/.test(digit)) {
      this.session.sendDTMF(digit, { transportType: "RFC2833" as never });
    }
  }

  /** Devices or volume were chosen anew. */
  apply(settings: Settings): void {
    const other = settings.microphone !== this.#microphone.settings.microphone;
    this.#microphone.settings = settings;
    if (other) void this.#microphone.change();
    this.#voice.volume = settings.volume;
    void direct(this.#voice, settings.speaker);
  }

  #listen(): void {
    const { session } = this;
    session.on("peerconnection", ({ peerconnection }) => this.#hear(peerconnection));
    // An outgoing call has its connection already.
    if ((session.connection as RTCPeerConnection | null) !== null) this.#hear(session.connection);
    session.on("icecandidate", ({ ready }) => void setTimeout(ready, ENOUGH));
    session.on("sdp", (description) => {
      if ((description.originator as string) === "local") description.sdp = withAddress(description.sdp);
    });
    session.on("accepted", () => this.#begin());
    session.on("confirmed", () => this.#confirm());
    session.on("hold", ({ originator }) => {
      if ((originator as string) === "local") this.#becomes("held");
    });
    session.on("unhold", ({ originator }) => {
      if ((originator as string) === "local") this.#becomes("talking");
    });
    session.on("muted", () => this.#isMuted(true));
    session.on("unmuted", () => this.#isMuted(false));
    session.on("ended", () => this.#end());
    session.on("failed", () => this.#end());
  }

  #begin(): void {
    if (this.#before?.muted === true) this.mute(true);
    if (this.#before?.held === true) {
      this.#holdSoon();
      return;
    }
    this.#becomes("talking");
    this.listener.speaks(this);
  }

  #holdSoon(): void {
    this.#holdsSoon = true;
    this.#becomes("held");
  }

  #confirm(): void {
    this.#confirmed = true;
    if (this.#holdsSoon) this.session.hold();
    this.#holdsSoon = false;
  }

  #hear(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track, streams }) => {
      const muted = (is: boolean): void => (is ? this.failed("sound-blocked") : this.mended("sound-blocked"));
      void speak(this.#voice, streams[0] ?? new MediaStream([track]), muted);
    });
    this.#way.watch(connection);
  }

  #found(): void {
    this.mended("sound-lost");
    this.mended("audio-failed");
  }

  #becomes(state: CallState["state"]): void {
    if (!this.talks) this.#since = Date.now();
    this.#state = state;
    this.listener.changed(this);
  }

  #isMuted(muted: boolean): void {
    this.#muted = muted;
    this.listener.changed(this);
  }

  #end(): void {
    this.#voice.srcObject = null;
    this.#voice.remove();
    this.#microphone.close();
    this.#way.stop();
    this.#found();
    this.listener.ended(this);
  }
}
