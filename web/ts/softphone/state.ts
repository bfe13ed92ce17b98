// What every tab knows of this browser's telephone, whichever tab owns it. Plain data: it travels
// from tab to tab.

export type Status = "off" | "connecting" | "ready" | "lost" | "refused";

/** What the user must know of; the words are in the panel's template. */
export type Problem =
  | "insecure" // no microphone over plain HTTP
  | "unsupported" // a browser without WebRTC
  | "microphone-refused"
  | "microphone-missing"
  | "microphone-silent" // in a talk: the system, or another program, takes its sound away
  | "audio-failed" // no way for the sound was found
  | "sound-lost" // in a talk; it is sought again
  | "sound-blocked" // until the page is touched
  | "offline" // the network
  | "pbx-down"
  | "account" // the PBX refuses our name or password
  | "no-extension"; // it was taken away from the user

export type Quality = "good" | "fair" | "poor";

/** Of the PBX: one hears oneself. As in the dialplan. */
export const ECHO = "*43";

export interface CallState {
  readonly id: string;
  readonly key: string; // the call's key in the CRM; "" for one that is not in it
  readonly direction: "incoming" | "outgoing";
  readonly state: "ringing" | "dialling" | "talking" | "held";
  readonly muted: boolean;
  readonly name: string;
  readonly number: string;
  readonly since: number; // ms since the epoch
  readonly quality: Quality | null;
}

export interface PhoneState {
  readonly status: Status;
  readonly problem: Problem | null;
  readonly away: readonly string[]; // chosen devices that are not plugged in, by name
  readonly calls: readonly CallState[];
}

export const OFF: PhoneState = { status: "off", problem: null, away: [], calls: [] };

export type Act = "answer" | "reject" | "hangup" | "hold" | "resume" | "mute" | "unmute" | "digit" | "expect" | "echo" | "settings";

/** `call`: its id. `value`: the digit; of what is expected, the call's key, or "" of a new call. */
export interface Command {
  readonly act: Act;
  readonly call?: string;
  readonly value?: string;
}

/** What makes sense for a call now. */
export function allowed(act: string, call: CallState): boolean {
  const talks = call.state === "talking" || call.state === "held";
  switch (act) {
    case "answer":
    case "reject":
      return call.state === "ringing";
    case "hangup":
      return call.state !== "ringing";
    case "hold":
      return call.state === "talking";
    case "resume":
      return call.state === "held";
    case "mute":
      return talks && !call.muted;
    case "unmute":
      return talks && call.muted;
    case "digit":
      return talks;
    default:
      return false;
  }
}
