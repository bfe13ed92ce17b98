// Tells of a ringing call outside of the page, when nobody looks at it.
import type { PhoneState } from "./state";

const shown = new Map<string, Notification>();

function mayNotify(): boolean {
  return "Notification" in window && Notification.permission === "granted";
}

export function notify(before: PhoneState, now: PhoneState, owns: boolean, root: HTMLElement): void {
  const ringing = new Set(now.calls.filter((call) => call.state === "ringing").map((call) => call.id));
  for (const [id, note] of shown) {
    if (ringing.has(id)) continue;
    note.close();
    shown.delete(id);
  }
  if (!owns || !document.hidden || !mayNotify()) return;
  const known = new Set(before.calls.map((call) => call.id));
  for (const call of now.calls) {
    if (!ringing.has(call.id) || known.has(call.id)) continue;
    const title = (root.dataset["ringsText"] ?? "").replace("%s", call.name || call.number);
    const note = notification(title, {
      body: call.name === "" ? "" : call.number,
      tag: call.id,
      requireInteraction: true, // as long as it rings
    });
    note?.addEventListener("click", () => {
      window.focus();
      note.close();
    });
    if (note !== null) shown.set(call.id, note);
  }
}

/** On telephones the class is there and may not be used. */
function notification(title: string, options: NotificationOptions): Notification | null {
  try {
    return new Notification(title, options);
  } catch {
    return null;
  }
}
