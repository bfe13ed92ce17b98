// Redraws an element from data-src when an event concerns it: data-when="calls", "mine", "missed",
// "lines", "supervision" or "card"; data-also: a document's event that concerns it, too.
import { refresher } from "./fragment";
import { whileShown } from "./islands";
import { type LiveMessage, onLive } from "./live";

interface PartyJson {
  readonly extension?: string | null;
}

interface CallJson {
  readonly id?: number;
  readonly extension?: string | null;
  readonly outcome?: string | null;
  readonly direction?: string | null;
  readonly parties?: readonly PartyJson[];
  readonly ringing?: readonly PartyJson[];
  readonly cards?: readonly { readonly id: number }[];
}

const SIDES = ["party", "by", "to", "of"] as const;

export function callOf(message: LiveMessage): CallJson | undefined {
  const call = message.data["call"];
  return typeof call === "object" && call !== null ? (call as CallJson) : undefined;
}

/** Whether the event is about a call in which one of these extensions rings, speaks or spoke. */
export function concerns(message: LiveMessage, extensions: ReadonlySet<string>): boolean {
  const call = callOf(message);
  if (call === undefined) return false;
  const event = message.data["event"] as Readonly<Record<string, PartyJson | undefined>> | undefined;
  const named = [call, ...(call.parties ?? []), ...(call.ringing ?? []), ...SIDES.map((side) => event?.[side])];
  return named.some((party) => party?.extension != null && extensions.has(party.extension));
}

export function myExtensions(): ReadonlySet<string> {
  return new Set((document.body.dataset["extensions"] ?? "").split(" ").filter(Boolean));
}

function isAbout(message: LiveMessage, card: number): boolean {
  const direct = message.data["card"] as { readonly id?: number } | undefined;
  const note = message.data["note"] as { readonly card_id?: number } | undefined;
  const ofCall = (callOf(message)?.cards ?? []).some((one) => one.id === card);
  return ofCall || direct?.id === card || note?.card_id === card;
}

function matches(element: HTMLElement, message: LiveMessage): boolean {
  if (message.type.endsWith(".deleted")) return false; // there is nothing left to draw
  if (message.type === "hello") return element.dataset["hello"] !== undefined;
  switch (element.dataset["when"]) {
    case "card":
      return isAbout(message, Number(element.dataset["card"]));
    case "mine":
      return callOf(message) !== undefined && concerns(message, myExtensions());
    case "missed":
      return message.type.startsWith("missed.");
    case "supervision":
      return message.type === "supervision.changed";
    case "lines":
      return message.type === "line.state";
    default:
      return ["call.", "user.", "presence.", "supervision."].some((kind) => message.type.startsWith(kind));
  }
}

function onDocument(name: string): (listener: (event: Event) => void) => () => void {
  return (listener) => {
    document.addEventListener(name, listener);
    return () => document.removeEventListener(name, listener);
  };
}

export function mount(element: HTMLElement): void {
  const source = element.dataset["src"];
  if (source === undefined) return;
  // A timeline of which older pages were loaded comes back as long as it is.
  const url = (): string =>
    element.querySelector(".moment") !== null ? `${source}?shown=${element.querySelectorAll(".moment").length}` : source;
  const refresh = refresher(element, url, Number(element.dataset["pause"] ?? 150));
  const also = element.dataset["also"];
  if (also !== undefined) whileShown(element, onDocument(also), () => refresh());
  whileShown(element, onLive, (message) => {
    // What is not shown is drawn when it is; what was refused stays until it is mended.
    const rests = element.hidden || element.querySelector(".is-invalid") !== null;
    if (!rests && matches(element, message)) refresh();
  });
}
