// The way of a call's sound through the network. When it is lost it is sought anew, by an ICE restart
// (RFC 8445, 9) over the SIP connection, if that still lives. Where it does not, or where nothing is
// found (Firefox and Asterisk do not agree who leads), the PBX sends the call anew.
import type { RTCSession } from "jssip/lib/RTCSession";

const GONE_AFTER = 2000; // ms: shorter gaps mend themselves
const FOUND_WITHIN = 2500;
const LOST = "RTP Timeout"; // JsSIP's cause for it
const SEARCHES = 2;
const AGAIN = 1000; // ms after a search that could not begin

export interface Traveller {
  /** Whether the SIP connection is alive now: a request that finds it dead would end the call. */
  alive(): Promise<boolean>;
  /** Not `wasThere`: it has never been found so far. */
  lost(wasThere: boolean): void;
  found(): void;
  /** It was not found: the call shall come anew, if that may help. */
  failed(wasThere: boolean): void;
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
  ) {
    // JsSIP hangs up as soon as ICE has failed, and with that nothing is over yet.
    const terminate = session.terminate.bind(session);
    session.terminate = (options) => {
      if (options?.cause !== LOST) terminate(options);
    };
  }

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
    void this.#seek();
  }

  async #seek(): Promise<void> {
    const alive = await this.traveller.alive();
    if (this.#connection === null || this.#isThere) return;
    if (this.#searches === SEARCHES && alive) {
      this.traveller.failed(this.#wasThere);
      return;
    }
    const sent = alive && this.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
    if (sent) this.#searches += 1;
    // Otherwise there is no connection, or another request is under way.
    this.#in(sent ? FOUND_WITHIN : AGAIN, () => void this.#seek());
  }

  #in(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#connection !== null && !this.#isThere && !this.session.isEnded()) act();
    }, ms);
  }
}
