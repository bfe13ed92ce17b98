// The bell: two soft tones and a pause, made here rather than fetched.

const RATE = 8000;
const SECONDS = 3;

function sample(at: number): number {
  const inBurst = at % 0.5;
  if (at > 1 || inBurst > 0.4) return 0;
  const swell = Math.min(1, inBurst / 0.02, (0.4 - inBurst) / 0.05);
  return 0.35 * swell * (Math.sin(2 * Math.PI * 660 * at) + Math.sin(2 * Math.PI * 880 * at)) * 0.5;
}

/** The address of a WAV file. */
export function bell(): string {
  const count = RATE * SECONDS;
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const text = (at: number, letters: string): void => {
    for (let i = 0; i < letters.length; i += 1) view.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * count, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * count, true);
  for (let i = 0; i < count; i += 1) view.setInt16(44 + 2 * i, 32767 * sample(i / RATE), true);
  return URL.createObjectURL(new Blob([view], { type: "audio/wav" }));
}
