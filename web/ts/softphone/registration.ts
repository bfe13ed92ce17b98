// The browser's registration with the PBX: the account, the connection, and both again when they are lost.
import { UA } from "jssip";
import type { IncomingRTCSessionEvent, RTCSessionEvent } from "jssip/lib/UA";
import { fetchAccount, NoAccount } from "./account";
import type { Memory } from "./settings";
import { WatchedSocket } from "./socket";
import type { Problem, Status } from "./state";

export const DOMAIN = "hovorna.invalid";
const EXPIRES = 120; // seconds
const TRY_AGAIN = 2000;
const NO_EXTENSION_AGAIN = 30_000;
const ANOTHER_PHONE = 4001; // with which the server ends it: signed out, or another extension now
const ANSWERED_WITHIN = 2000; // ms; a PBX that has just started may take a registration in and lose it
const LONGEST_WAIT = 32_000;

/** Whose registration it is. */
export interface Registered {
  is(status: Status, problem?: Problem | null): void;
  registered(): void;
  rings(event: IncomingRTCSessionEvent): void;
}

export class Registration {
  #agent: UA | null = null;
  #socket: WatchedSocket | null = null;
  #asked = 0; // when, whether the account is still the user's
  #retry: ReturnType<typeof setTimeout> | undefined;
  #unanswered: ReturnType<typeof setTimeout> | undefined;
  #patience = ANSWERED_WITHIN;
  #stopped = false;

  constructor(
    readonly memory: Memory,
    readonly owner: Registered,
  ) {}

  /** By which calls go out; null before the first connection. */
  get agent(): UA | null {
    return this.#agent;
  }

  async start(): Promise<void> {
    if (this.#stopped) return;
    this.owner.is("connecting");
    try {
      const account = await fetchAccount();
      if (!this.#stopped) this.#register(account.user, account.password);
    } catch (error) {
      this.#unknown(error instanceof NoAccount ? error.why : null);
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#unanswered);
    this.#agent?.stop();
    removeEventListener("online", this.#network);
    removeEventListener("offline", this.#network);
  }

  /** Whether the server still answers on the connection. */
  async alive(): Promise<boolean> {
    return (await this.#socket?.alive()) === true;
  }

  /** Connects anew. */
  anew(): void {
    this.#socket?.drop();
  }

  #unknown(why: NoAccount["why"] | null): void {
    if (this.#stopped) return;
    if (why === "signed-out") {
      document.dispatchEvent(new Event("softphone:signed-out"));
      return;
    }
    if (why === null) this.owner.is("lost", navigator.onLine ? "pbx-down" : "offline");
    else this.owner.is("refused", why);
    this.#retry = setTimeout(() => void this.start(), why === null ? TRY_AGAIN : NO_EXTENSION_AGAIN);
  }

  #register(user: string, password: string): void {
    const url = new URL("/sip", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("browser", this.memory.browser);
    this.#socket = new WatchedSocket(url);
    const agent = new UA({
      sockets: [this.#socket],
      uri: `sip:${user}@${DOMAIN}`,
      contact_uri: `sip:${user}@${crypto.getRandomValues(new Uint32Array(2)).join("")}.invalid;transport=ws`,
      authorization_user: user,
      password,
      register_expires: EXPIRES,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 2,
      user_agent: "Hovorna",
    });
    this.#agent = agent;
    agent.on("connected", () => this.#awaitAnswer());
    agent.on("registered", () => this.#registered());
    agent.on("unregistered", () => this.#lost());
    agent.on("disconnected", ({ code }) => {
      clearTimeout(this.#unanswered);
      this.#lost();
      if (code === ANOTHER_PHONE || Date.now() > this.#asked + NO_EXTENSION_AGAIN) void this.#stillIs(user);
    });
    agent.on("registrationFailed", ({ response }) => this.#failed(response?.status_code));
    agent.on("newRTCSession", (event: RTCSessionEvent) => {
      if ((event.originator as string) === "remote") this.owner.rings(event as IncomingRTCSessionEvent);
    });
    addEventListener("online", this.#network);
    addEventListener("offline", this.#network);
    agent.start();
  }

  readonly #network = (): void => {
    this.#socket?.check();
    if (!navigator.onLine) this.owner.is("lost", "offline");
    else if (this.#agent?.isRegistered() === true) this.owner.is("ready");
  };

  /** Connects anew where the registration is not answered: JsSIP would wait for half a minute. */
  #awaitAnswer(): void {
    clearTimeout(this.#unanswered);
    this.#unanswered = setTimeout(() => {
      this.#patience = Math.min(2 * this.#patience, LONGEST_WAIT);
      this.#socket?.drop();
    }, this.#patience);
  }

  #registered(): void {
    clearTimeout(this.#unanswered);
    this.#patience = ANSWERED_WITHIN;
    this.owner.registered();
  }

  /** It connects again by itself; with another account, if the user has another one now or none. */
  async #stillIs(user: string): Promise<void> {
    this.#asked = Date.now();
    const agent = this.#agent;
    try {
      if ((await fetchAccount()).user === user) return;
    } catch (error) {
      if (!(error instanceof NoAccount)) return;
    }
    if (agent === null || agent !== this.#agent) return;
    this.#agent = null;
    agent.stop();
    void this.start();
  }

  #lost(): void {
    if (this.#stopped || this.#agent === null) return;
    this.owner.is("lost", navigator.onLine ? "pbx-down" : "offline");
  }

  #failed(code: number | undefined): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#unanswered);
    if (code === 401 || code === 403) {
      // A new password, another user: from the beginning.
      this.owner.is("refused", "account");
      this.#agent?.stop();
      this.#retry = setTimeout(() => void this.start(), TRY_AGAIN);
      return;
    }
    // Talks that go on must not end because the PBX is slow, or has just started.
    this.#lost();
    this.#retry = setTimeout(() => {
      if (this.#agent?.isConnected() === true) this.#agent.register();
    }, TRY_AGAIN);
  }
}
