// The websocket under JsSIP. It asks the server for a sign of life, for a browser alone would not
// notice for minutes that the network is gone, and tries again by itself as soon as it is back.
import type { Socket } from "jssip";

const ASK_AFTER = 1000; // ms of silence
const ANSWER_WITHIN = 2000;
const OPEN_WITHIN = 2500; // or the way is dead: a new connection may be there before this one tries again
const PING = "\r\n\r\n";

export class WatchedSocket implements Socket {
  readonly url: string;
  readonly sip_uri: string;
  via_transport: string;
  onconnect: () => void = () => {};
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {};
  ondata: <T>(data: T) => void = () => {};
  #socket: WebSocket | null = null;
  #asking: ReturnType<typeof setTimeout> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #waiting: ((alive: boolean) => void)[] = [];

  constructor(url: URL) {
    this.url = url.href;
    this.sip_uri = `sip:${url.host};transport=ws`;
    this.via_transport = url.protocol === "wss:" ? "WSS" : "WS";
  }

  connect(): void {
    if (this.#socket !== null) return;
    const socket = new WebSocket(this.url, "sip");
    this.#socket = socket;
    this.#within(OPEN_WITHIN);
    socket.addEventListener("open", () => {
      if (this.#socket !== socket) return;
      this.#heard();
      this.onconnect();
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (this.#socket !== socket) return;
      this.#heard();
      this.ondata(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (this.#socket === socket) this.#lost(event.code, event.reason);
    });
  }

  disconnect(): void {
    const socket = this.#socket;
    this.#forget();
    socket?.close();
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (!this.isConnected()) return false;
    this.#socket?.send(message as string);
    return true;
  }

  isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.#socket?.readyState === WebSocket.CONNECTING;
  }

  /** The network went: no need to wait for an answer that will not come. */
  check(): void {
    if (this.isConnected()) this.#ask();
  }

  /** As if the network had gone: the server lets whoever is spoken with wait until it is back. */
  drop(): void {
    const socket = this.#socket;
    this.#lost(1006, "given up");
    socket?.close();
  }

  /** Whether the server answers now. */
  async alive(): Promise<boolean> {
    if (!this.isConnected()) return false;
    this.#ask();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  // The timer is set by what is heard: one that repeats itself runs once a minute in hidden pages.
  #heard(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(), ASK_AFTER);
    this.#tell(true);
  }

  #ask(): void {
    this.#socket?.send(PING);
    this.#within(ANSWER_WITHIN);
  }

  #within(ms: number): void {
    this.#deadline ??= setTimeout(() => this.drop(), ms);
  }

  #lost(code: number, reason: string): void {
    this.#forget();
    this.ondisconnect(true, code, reason);
  }

  #forget(): void {
    clearTimeout(this.#asking);
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#socket = null;
    this.#tell(false);
  }

  #tell(alive: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(alive);
  }
}
