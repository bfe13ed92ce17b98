// One key for each thing to do with a call, wherever the focus is but in a field.
import type { Act, CallState, Command, PhoneState } from "./state";
import { allowed } from "./state";

const ACTS: Readonly<Record<string, readonly Act[]>> = {
  a: ["answer"],
  e: ["reject", "hangup"],
  h: ["hold", "resume"],
  m: ["mute", "unmute"],
  s: ["resume"], // and hold the one that is spoken in
};

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/** The call that rings for answering, else the one that is spoken in, else any. */
function meant(act: Act, calls: readonly CallState[]): CallState | undefined {
  const fit = calls.filter((call) => allowed(act, call));
  return fit.find((call) => call.state === "talking") ?? fit[0];
}

export function bindKeys(state: () => PhoneState, act: (command: Command) => void): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const { calls } = state();
    if (calls.length === 0) return;
    const pad = (event.target as Element).closest?.<HTMLElement>("[data-phone-pad]");
    if (pad !== null && pad !== undefined && /^[0-9*#]$/.test(event.key)) {
      event.preventDefault();
      const call = pad.closest<HTMLElement>("[data-call-id]")?.dataset["callId"];
      if (call !== undefined) act({ act: "digit", call, value: event.key });
      return;
    }
    if (isTyping(event.target)) return;
    for (const one of ACTS[event.key] ?? []) {
      const call = meant(one, calls);
      if (call === undefined) continue;
      event.preventDefault();
      act({ act: one, call: call.id });
      return;
    }
  });
}
