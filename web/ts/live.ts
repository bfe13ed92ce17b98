// One WebSocket for the whole program: connects again by itself, tells who listens.
import { signInAgain } from "./kept";

export interface LiveMessage {
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Listener = (message: LiveMessage) => void;

const FIRST_WAIT = 400; // ms
const LONGEST_WAIT = 15_000;
const ENDED = 4001; // the session is over

const listeners = new Set<Listener>();
let clockAhead = 0; // ms that the server's clock is ahead of this one
let wait = FIRST_WAIT;

/** Events as they come; "hello" after every connect: what came before it must be fetched. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Now on the server's clock, in ms. */
export function serverNow(): number {
  return Date.now() + clockAhead;
}

function isMessage(value: unknown): value is LiveMessage {
  return typeof value === "object" && value !== null && "type" in value && "data" in value;
}

function receive(text: string): void {
  const message: unknown = JSON.parse(text);
  if (!isMessage(message)) return;
  if (message.type === "hello") {
    wait = FIRST_WAIT;
    const at = Date.parse(message.at);
    if (!Number.isNaN(at)) clockAhead = at - Date.now();
  }
  for (const listener of [...listeners]) listener(message);
}

function showLost(lost: boolean): void {
  document.getElementById("link-state")?.classList.toggle("is-lost", lost);
  document.documentElement.dataset["live"] = lost ? "lost" : "on";
}

export function connect(): void {
  const url = new URL("/live", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  socket.addEventListener("open", () => showLost(false));
  socket.addEventListener("message", (event: MessageEvent<string>) => receive(event.data));
  socket.addEventListener("close", (event) => {
    if (event.code === ENDED) {
      signInAgain();
      return;
    }
    showLost(true);
    // Jitter, so that a restart of the server does not meet all browsers at once.
    setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
}
