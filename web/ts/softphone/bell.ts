// The sounds of the telephone itself, made here rather than fetched: a bell, and what tells one who
// is talking that somebody else calls.

const RATE = 8000;

/** Two soft tones and a pause. */
export function bell(): string {
  return wav(3, (at) => {
    if (at > 1) return 0;
    return 0.175 * swell(at % 0.5, 0.4) * (Math.sin(2 * Math.PI * 660 * at) + Math.sin(2 * Math.PI * 880 * at));
  });
}

/** Two quiet beeps of 425 Hz and a long pause, as ITU-T E.180 has it. */
export function waitingTone(): string {
  return wav(5, (at) => {
    if (at > 0.6) return 0;
    return 0.08 * swell(at % 0.3, 0.15) * Math.sin(2 * Math.PI * 425 * at);
  });
}

/** From silence and back again within so many seconds, without a crack. */
function swell(at: number, seconds: number): number {
  return at > seconds ? 0 : Math.min(1, at / 0.02, (seconds - at) / 0.05);
}

/** The address of a WAV file. */
function wav(seconds: number, sample: (at: number) => number): string {
  const count = RATE * seconds;
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
