// How the sound comes through, in one word, from what the browser measures (RFC 3611's figures).
import type { Quality } from "./state";

interface Sums {
  received: number;
  lost: number;
}

const before = new WeakMap<RTCPeerConnection, Sums>();

interface Figures {
  loss: number; // of what came since the last look, 0 to 1
  jitter: number; // seconds
  delay: number; // there and back, seconds
}

async function measure(connection: RTCPeerConnection): Promise<Figures | null> {
  let figures: Figures | null = null;
  let delay = 0;
  for (const report of (await connection.getStats()).values() as Iterable<Record<string, unknown>>) {
    if (report["type"] === "candidate-pair" && report["nominated"] === true) {
      delay = Number(report["currentRoundTripTime"] ?? 0);
    }
    if (report["type"] !== "inbound-rtp" || report["kind"] !== "audio") continue;
    const now = { received: Number(report["packetsReceived"] ?? 0), lost: Number(report["packetsLost"] ?? 0) };
    const last = before.get(connection) ?? { received: 0, lost: 0 };
    before.set(connection, now);
    const lost = Math.max(0, now.lost - last.lost);
    const all = lost + Math.max(0, now.received - last.received);
    figures = { loss: all === 0 ? 0 : lost / all, jitter: Number(report["jitter"] ?? 0), delay: 0 };
  }
  return figures === null ? null : { ...figures, delay };
}

/** `last` when nothing can be told now. */
export async function judge(connection: RTCPeerConnection, last: Quality | null): Promise<Quality | null> {
  try {
    const figures = await measure(connection);
    if (figures === null) return last;
    if (figures.loss > 0.05 || figures.jitter > 0.06 || figures.delay > 0.6) return "poor";
    if (figures.loss > 0.015 || figures.jitter > 0.03 || figures.delay > 0.3) return "fair";
    return "good";
  } catch {
    return last;
  }
}
