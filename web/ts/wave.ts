// Draws the two waveforms from the peaks that came with the page.

/** Loudness 0..255 of each slice of the recording, both sides alike long. */
export interface Peaks {
  readonly client: Uint8Array;
  readonly company: Uint8Array;
}

/** Where nothing was recorded, paused or ended for a while; as parts of its length. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

const BAR = 2; // CSS pixels
const GAP = 1;
const HATCH = 6;
const IDLE = 0.4; // opacity of what is not yet played, or not heard

/** Base64 of bytes, 0..255 each: the client's half, then the company's. */
export function readPeaks(text: string): Peaks {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const half = bytes.length / 2;
  return { client: bytes.subarray(0, half), company: bytes.subarray(half) };
}

/** JSON: [[seconds from, seconds to], ...]. */
export function readGaps(text: string, seconds: number): Gap[] {
  if (text === "" || seconds <= 0) return [];
  const pairs = JSON.parse(text) as [number, number][];
  return pairs.map(([from, to]) => ({ from: from / seconds, to: Math.min(1, to / seconds) }));
}

/** Slanted lines: nothing is missing there, it was not recorded. */
function hatch(pen: CanvasRenderingContext2D, from: number, width: number, height: number): void {
  pen.save();
  pen.beginPath();
  pen.rect(from, 0, width, height);
  pen.clip();
  pen.globalAlpha = 0.25;
  pen.fillRect(from, 0, width, height);
  pen.globalAlpha = 1;
  pen.beginPath();
  for (let x = from - height; x < from + width; x += HATCH) {
    pen.moveTo(x, height);
    pen.lineTo(x + height, 0);
  }
  pen.stroke();
  pen.restore();
}

function loudest(side: Uint8Array, from: number, to: number): number {
  let top = 0;
  for (let i = Math.floor(from); i < Math.max(from + 1, to) && i < side.length; i += 1) {
    top = Math.max(top, side[i] ?? 0);
  }
  return top / 255;
}

export function drawWave(
  canvas: HTMLCanvasElement,
  peaks: Peaks,
  played: number,
  client: boolean,
  company: boolean,
  gaps: readonly Gap[] = [],
): void {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const pen = canvas.getContext("2d");
  if (pen === null || width === 0) return;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  pen.scale(scale, scale);
  const style = getComputedStyle(canvas);
  // What the style sheet calls light-dark() is resolved in a property only, not in a variable.
  const colour = { client: style.color, company: style.outlineColor };
  pen.fillStyle = pen.strokeStyle = style.columnRuleColor;
  for (const gap of gaps) hatch(pen, gap.from * width, Math.max(2, (gap.to - gap.from) * width), height);
  const bars = Math.floor(width / (BAR + GAP));
  const half = height / 2;
  for (let bar = 0; bar < bars; bar += 1) {
    const x = bar * (BAR + GAP);
    const middle = (bar + 0.5) / bars;
    if (gaps.some((gap) => middle > gap.from && middle < gap.to)) continue;
    const done = middle <= played;
    const from = (bar / bars) * peaks.client.length;
    const to = ((bar + 1) / bars) * peaks.client.length;
    // A hair of a line where nobody speaks, so that the length of the call is seen.
    const up = Math.max(1, loudest(peaks.client, from, to) * (half - 2));
    const down = Math.max(1, loudest(peaks.company, from, to) * (half - 2));
    pen.globalAlpha = (done ? 1 : IDLE) * (client ? 1 : IDLE);
    pen.fillStyle = colour.client;
    pen.fillRect(x, half - 1 - up, BAR, up);
    pen.globalAlpha = (done ? 1 : IDLE) * (company ? 1 : IDLE);
    pen.fillStyle = colour.company;
    pen.fillRect(x, half + 1, BAR, down);
  }
  pen.globalAlpha = 1;
  pen.fillStyle = style.caretColor;
  if (played > 0) pen.fillRect(Math.min(width - 1, played * width), 0, 1, height);
}
