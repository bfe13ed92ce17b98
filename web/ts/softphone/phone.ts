// The telephone itself, in the tab that owns it: registers, rings, holds the calls.
import { UA } from "jssip";
import type { IncomingRTCSessionEvent, RTCSessionEvent } from "jssip/lib/UA";
import { fetchAccount, NoAccount } from "./account";
import { Ringer } from "./audio";
import { Before } from "./before";
import { Call, type Listener } from "./call";
import { incapable, microphone, MicrophoneError, stop } from "./microphone";
import { Plugs } from "./plugs";
import { judge } from "./quality";
import type { LiveCall, Memory } from "./settings";
import { WatchedSocket } from "./socket";
import type { CallState, Command, PhoneState, Problem, Status } from "./state";

const EXPIRES = 120; // seconds
const EXPECTED_FOR = 10_000; // ms in which a call that was asked for is answered by itself
const TRY_AGAIN = 2000;
const NO_EXTENSION_AGAIN = 30_000;
const ANOTHER_PHONE = 4001; // with which the server ends it: signed out, or another extension now
const LOOK_EVERY = 2000;
const ANSWERED_WITHIN = 2000; // ms; a PBX that has just started may take a registration in and lose it
const LONGEST_WAIT = 32_000;
const REPLACED_WITHIN = 4000;
const ECHO = "*43";
const DOMAIN = "hovorna.invalid";

export class Phone {
  readonly #calls = new Map<string, Call>();
  readonly #bell = Ringer.bell().prepare();
  readonly #waitingTone = Ringer.waiting().prepare();
  readonly #plugs: Plugs;
  #agent: UA | null = null;
  #socket: WatchedSocket | null = null;
  #status: Status = "off";
  #problem: Problem | null = null;
  #asked = 0; // when, whether the account is still the user's
  #expected = { key: "", until: 0 };
  readonly #before: Before;
  #looking: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #unanswered: ReturnType<typeof setTimeout> | undefined;
  #patience = ANSWERED_WITHIN;
  #stopped = false;

  constructor(
    readonly memory: Memory,
    readonly tell: (state: PhoneState) => void,
  ) {
    this.#before = new Before(memory);
    this.#plugs = new Plugs(memory, () => this.#fit());
  }

  get state(): PhoneState {
    return {
      status: this.#status,
      problem: this.#problem ?? this.#plugs.problem,
      away: this.#plugs.away,
      calls: [...this.#calls.values()].map((call): CallState => call.state),
    };
  }

  async start(): Promise<void> {
    if (this.#stopped) return;
    const problem = incapable();
    if (problem !== null) {
      this.#set("refused", problem); // it would ring, and nobody could answer
      return;
    }
    this.#set("connecting");
    try {
      const account = await fetchAccount();
      if (!this.#stopped) this.#register(account.user, account.password);
    } catch (error) {
      this.#unknown(error instanceof NoAccount ? error.why : null);
    }
  }

  #unknown(why: NoAccount["why"] | null): void {
    if (this.#stopped) return;
    if (why === "signed-out") {
      document.dispatchEvent(new Event("softphone:signed-out"));
      return;
    }
    if (why === null) this.#set("lost", navigator.onLine ? "pbx-down" : "offline");
    else this.#set("refused", why);
    this.#retry = setTimeout(() => void this.start(), why === null ? TRY_AGAIN : NO_EXTENSION_AGAIN);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#unanswered);
    clearInterval(this.#looking);
    for (const call of this.#calls.values()) call.hangUp();
    this.#agent?.stop();
    this.#plugs.stop();
    void this.#bell.ring(false, this.#plugs.settings);
    void this.#waitingTone.ring(false, this.#plugs.settings);
    removeEventListener("online", this.#network);
    removeEventListener("offline", this.#network);
    this.#set("off");
  }

  do(command: Command): void {
    const call = this.#calls.get(command.call ?? "");
    switch (command.act) {
      case "answer":
        if (call !== undefined) void this.#answer(call);
        break;
      case "reject":
        call?.reject();
        break;
      case "hangup":
        call?.hangUp();
        break;
      case "hold":
        call?.hold();
        break;
      case "resume":
        if (call !== undefined) this.#swapTo(call);
        break;
      case "mute":
      case "unmute":
        call?.mute(command.act === "mute");
        break;
      case "digit":
        call?.digit(command.value ?? "");
        break;
      case "expect":
        this.#expected = { key: command.value ?? "", until: Date.now() + EXPECTED_FOR };
        break;
      case "echo":
        void this.#dial(ECHO);
        break;
      case "settings":
        void this.#plugs.look();
        break;
    }
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
      if ((event.originator as string) === "remote") this.#incoming(event as IncomingRTCSessionEvent);
    });
    addEventListener("online", this.#network);
    addEventListener("offline", this.#network);
    agent.start();
  }

  readonly #network = (): void => {
    this.#socket?.check();
    if (!navigator.onLine) this.#set("lost", "offline");
    else if (this.#agent?.isRegistered() === true) this.#set("ready");
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
    this.#set("ready");
    this.#problem = null;
    this.#reviveOld();
    this.#changed();
  }

  /** Calls from before the connection was lost: the PBX sends them anew, or they are asked after. */
  #reviveOld(): void {
    const old = [...this.#calls.values()].filter((call) => call.talks);
    setTimeout(() => {
      for (const call of old) {
        if (!call.session.isEnded()) call.session.renegotiate({ useUpdate: true });
      }
    }, REPLACED_WITHIN);
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
    this.#set("lost", navigator.onLine ? "pbx-down" : "offline");
  }

  #failed(code: number | undefined): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#unanswered);
    if (code === 401 || code === 403) {
      // A new password, another user: from the beginning.
      this.#set("refused", "account");
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

  #incoming({ session, request }: IncomingRTCSessionEvent): void {
    const call = this.#add(new Call(session, request, this.#plugs.settings, this.#listener));
    const twin = [...this.#calls.values()].find((one) => one !== call && one.key === call.key && one.talks);
    const before = twin?.live ?? this.#before.find(call.key);
    const { key, until } = this.#expected;
    const isAsked = Date.now() < until && (key === "" || key === call.key);
    if (call.wantsAnswer && (before !== undefined || isAsked)) {
      this.#expected = { key: "", until: 0 };
      twin?.hangUp();
      void this.#answer(call, before);
    }
    this.#changed();
  }

  async #answer(call: Call, before: LiveCall | null = null): Promise<void> {
    if (before?.held !== true) this.#holdOthers(call);
    await call.answer(before);
  }

  #swapTo(call: Call): void {
    this.#holdOthers(call);
    call.resume();
  }

  #holdOthers(call: Call): void {
    for (const other of this.#calls.values()) if (other !== call) other.hold();
  }

  async #dial(target: string): Promise<void> {
    if (this.#agent === null) return;
    let stream: MediaStream | null = null;
    try {
      const { settings } = this.#plugs;
      stream = await microphone(settings);
      const session = this.#agent.call(`sip:${target}@${DOMAIN}`, {
        mediaStream: stream,
        pcConfig: { iceServers: [] },
      });
      this.#add(new Call(session, null, settings, this.#listener)).owns(stream);
      this.#changed();
    } catch (error) {
      stop(stream);
      this.#listener.failed(error instanceof MicrophoneError ? error.problem : "audio-failed");
    }
  }

  #add(call: Call): Call {
    this.#calls.set(call.id, call);
    this.#looking ??= setInterval(() => void this.#look(), LOOK_EVERY);
    return call;
  }

  /** How the sound comes through; and that these calls were going on until now. */
  async #look(): Promise<void> {
    for (const call of this.#calls.values()) {
      if (call.talks) call.quality = await judge(call.session.connection, call.quality);
    }
    this.#changed();
  }

  readonly #listener: Listener = {
    changed: (): void => this.#changed(),
    speaks: (call: Call): void => this.#holdOthers(call), // of two that come at once, the later one
    ended: (call: Call): void => {
      this.#calls.delete(call.id);
      if (this.#calls.size === 0) {
        clearInterval(this.#looking);
        this.#looking = undefined;
      }
      this.#changed();
    },
    failed: (problem: Problem): void => {
      this.#problem = problem;
      this.#changed();
    },
    mended: (problem: Problem): void => {
      if (this.#problem !== problem) return;
      this.#problem = null;
      this.#changed();
    },
    alive: async (): Promise<boolean> => (await this.#socket?.alive()) === true,
    anew: (): void => this.#socket?.drop(),
  };

  /** To the devices that are there and the volumes that are wanted. */
  #fit(): void {
    if (this.#stopped) return;
    for (const one of [this.#bell, this.#waitingTone, ...this.#calls.values()]) one.apply(this.#plugs.settings);
    if (this.#problem === "microphone-refused" && this.#plugs.mayListen) this.#problem = null;
    this.#changed();
  }

  #set(status: Status, problem: Problem | null = null): void {
    this.#status = status;
    this.#problem = problem;
    this.#changed();
  }

  #changed(): void {
    const calls = [...this.#calls.values()];
    const rings = calls.some((call) => call.rings);
    const talks = calls.some((call) => call.talks);
    void this.#bell.ring(rings && !talks, this.#plugs.settings);
    void this.#waitingTone.ring(rings && talks, this.#plugs.settings);
    this.#before.keep(calls.filter((call) => call.talks).map((call) => call.live));
    this.tell(this.state);
  }
}
