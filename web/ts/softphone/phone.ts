// The telephone itself, in the tab that owns it: rings, and holds the calls.
import type { IncomingRTCSessionEvent } from "jssip/lib/UA";
import { Ringer } from "./audio";
import { Before } from "./before";
import { Call, type Listener } from "./call";
import { incapable, microphone, MicrophoneError, stop } from "./microphone";
import { Plugs } from "./plugs";
import { judge } from "./quality";
import { DOMAIN, Registration } from "./registration";
import type { LiveCall, Memory } from "./settings";
import { type CallState, type Command, ECHO, type PhoneState, type Problem, type Status } from "./state";

const EXPECTED_FOR = 10_000; // ms in which a call that was asked for is answered by itself
const LOOK_EVERY = 2000;
const REPLACED_WITHIN = 4000;

export class Phone {
  readonly #calls = new Map<string, Call>();
  readonly #bell = Ringer.bell().prepare();
  readonly #waitingTone = Ringer.waiting().prepare();
  readonly #plugs: Plugs;
  readonly #registration: Registration;
  #status: Status = "off";
  #problem: Problem | null = null;
  #expected = { key: "", until: 0 };
  readonly #before: Before;
  #looking: ReturnType<typeof setInterval> | undefined;
  #stopped = false;

  constructor(
    readonly memory: Memory,
    readonly tell: (state: PhoneState) => void,
  ) {
    this.#before = new Before(memory);
    this.#plugs = new Plugs(memory, () => this.#fit());
    this.#registration = new Registration(memory, {
      is: (status, problem) => this.#set(status, problem),
      registered: () => this.#registered(),
      rings: (event) => this.#incoming(event),
    });
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
    await this.#registration.start();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#looking);
    for (const call of this.#calls.values()) call.hangUp();
    this.#registration.stop();
    this.#plugs.stop();
    void this.#bell.ring(false, this.#plugs.settings);
    void this.#waitingTone.ring(false, this.#plugs.settings);
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

  #registered(): void {
    this.#set("ready");
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
    const { agent } = this.#registration;
    if (agent === null) return;
    let stream: MediaStream | null = null;
    try {
      const { settings } = this.#plugs;
      stream = await microphone(settings);
      const session = agent.call(`sip:${target}@${DOMAIN}`, {
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
    alive: (): Promise<boolean> => this.#registration.alive(),
    anew: (): void => this.#registration.anew(),
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
