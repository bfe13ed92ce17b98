// The way of a call's sound through the network. When it is lost it is sought anew, by an ICE restart
// (RFC 8445, 9) over the SIP connection, if that still lives; where it does not, the PBX sends the
// call anew as soon as this browser is registered again.
import type { RTCSession } from "jssip/lib/RTCSession";

const GONE_AFTER = 2000; // ms: shorter gaps mend themselves
const FOUND_WITHIN = 5000;
const PAUSES = [0, 1000, 2000, 4000, 8000]; // ms before each search

export interface Traveller {
  /** Whether the SIP connection is alive now: a request that finds it dead would end the call. */
  alive(): Promise<boolean>;
  /** Not `wasThere`: it has never been found so far. */
  lost(wasThere: boolean): void;
  found(): void;
  /** It was not found, and is not sought any more. */
  failed(): void;
}

export class Way {
  #connection: RTCPeerConnection | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #searches = 0;
  #isLost = false;
  #wasThere = false;

  constructor(
    readonly session: RTCSession,
    readonly traveller: Traveller,
  ) {}

  watch(connection: RTCPeerConnection): void {
    this.#connection = connection;
    connection.addEventListener("iceconnectionstatechange", () => this.#changed());
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#connection = null;
  }

  get #isThere(): boolean {
    const state = this.#connection?.iceConnectionState;
    return state === "connected" || state === "completed";
  }

  #changed(): void {
    if (this.#connection === null) return;
    if (this.#isThere) this.#arrived();
    else if (this.#isLost) return; // it is being sought
    else if (this.#connection.iceConnectionState === "failed") this.#lose();
    else if (this.#connection.iceConnectionState === "disconnected") this.#in(GONE_AFTER, () => this.#lose());
  }

  #arrived(): void {
    clearTimeout(this.#timer);
    this.#searches = 0;
    this.#wasThere = true;
    if (this.#isLost) this.traveller.found();
    this.#isLost = false;
  }

  #lose(): void {
    this.#isLost = true;
    this.traveller.lost(this.#wasThere);
    this.#seekLater();
  }

  #seekLater(): void {
    const pause = PAUSES[this.#searches];
    this.#searches += 1;
    if (pause === undefined) this.traveller.failed();
    else this.#in(pause, () => void this.#seek());
  }

  async #seek(): Promise<void> {
    const alive = await this.traveller.alive();
    if (this.#connection === null || this.#isThere) return;
    const sent = alive && this.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
    if (sent) this.#in(FOUND_WITHIN, () => this.#seekLater());
    else this.#in(1000, () => void this.#seek()); // no connection, or another request is under way
  }

  #in(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#connection !== null && !this.#isThere && !this.session.isEnded()) act();
    }, ms);
  }
}
