// Redraws an element from data-src when an event concerns it: data-when="calls", "mine" or "card".
import { refresher } from "./fragment";
import { whileShown } from "./islands";
import { type LiveMessage, onLive } from "./live";

interface PartyJson {
  readonly extension?: string | null;
}

interface CallJson {
  readonly id?: number;
  readonly parties?: readonly PartyJson[];
  readonly cards?: readonly { readonly id: number }[];
}

const SIDES = ["party", "by", "to", "of"] as const;

export function callOf(message: LiveMessage): CallJson | undefined {
  const call = message.data["call"];
  return typeof call === "object" && call !== null ? (call as CallJson) : undefined;
}

/** Whether the event is about a call in which this extension rings, speaks or spoke. */
export function concerns(message: LiveMessage, extensions: ReadonlySet<string>): boolean {
  const event = message.data["event"];
  const named: PartyJson[] = [...(callOf(message)?.parties ?? [])];
  if (typeof event === "object" && event !== null) {
    const body = event as Record<string, unknown>;
    const inner = typeof body["body"] === "object" ? (body["body"] as Record<string, unknown>) : {};
    for (const side of SIDES) {
      const party = body[side] ?? inner?.[side];
      if (typeof party === "object" && party !== null) named.push(party as PartyJson);
    }
    if (typeof body["extension"] === "string") named.push({ extension: body["extension"] });
  }
  return named.some((party) => party.extension != null && extensions.has(party.extension));
}

export function myExtensions(): ReadonlySet<string> {
  return new Set((document.body.dataset["extensions"] ?? "").split(" ").filter(Boolean));
}

function matches(element: HTMLElement, message: LiveMessage): boolean {
  if (message.type === "hello") return element.dataset["hello"] !== undefined;
  switch (element.dataset["when"]) {
    case "card": {
      const card = Number(element.dataset["card"]);
      const direct = message.data["card"] as { id?: number } | undefined;
      return direct?.id === card || (callOf(message)?.cards ?? []).some((one) => one.id === card);
    }
    case "mine":
      return callOf(message) !== undefined && concerns(message, myExtensions());
    case "missed":
      return /missed|call\.(ended|answered)/.test(message.type);
    default:
      return message.type.startsWith("call.") || message.type.startsWith("user.");
  }
}

export function mount(element: HTMLElement): void {
  const source = element.dataset["src"];
  if (source === undefined) return;
  const refresh = refresher(element, () => source, Number(element.dataset["pause"] ?? 150));
  whileShown(element, onLive, (message) => {
    if (matches(element, message)) refresh();
  });
}
