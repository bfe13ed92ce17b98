// The other side's voice, the bell, and the tone of a call that waits.
import { bell, waitingTone } from "./bell";
import type { Settings } from "./settings";

/** Where a sound comes out, in browsers that let one choose. */
export async function direct(element: HTMLAudioElement, device: string): Promise<void> {
  if (!("setSinkId" in element)) return;
  try {
    await element.setSinkId(device);
  } catch {
    // Unplugged: it stays where the system plays.
  }
}

/** An element that plays a call. It is in the page, for some browsers play nothing outside of it. */
export function voice(settings: Settings): HTMLAudioElement {
  const element = document.createElement("audio");
  element.autoplay = true;
  element.hidden = true;
  element.volume = settings.volume;
  document.body.append(element);
  void direct(element, settings.speaker);
  return element;
}

/** `muted` is called with whether the browser wants the page to be touched before it plays anything. */
export async function speak(element: HTMLAudioElement, sound: MediaStream, muted: (is: boolean) => void): Promise<void> {
  element.srcObject = sound;
  try {
    await element.play();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return; // another sound came
    muted(true);
    onTouch(() => {
      element.play().then(() => muted(false), () => {});
    });
  }
}

/** Whether a page may set how loud it is: on iPhones and iPads only their keys do. */
export function canSetVolume(): boolean {
  const element = document.createElement("audio");
  element.volume = 0.5;
  return element.volume === 0.5;
}

function onTouch(act: () => void): void {
  const once = (): void => {
    for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, once, true);
    act();
  };
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, once, true);
}

/** A sound that is repeated until it is stopped. */
export class Ringer {
  readonly #element = document.createElement("audio");
  #rings = false;

  constructor(
    readonly sound: () => string,
    readonly device: (settings: Settings) => string,
    readonly volume: (settings: Settings) => number,
  ) {
    this.#element.loop = true;
  }

  /** The bell. */
  static bell(): Ringer {
    return new Ringer(bell, (settings) => settings.ringer, (settings) => settings.ringVolume);
  }

  /** In the ear of one who talks. */
  static waiting(): Ringer {
    return new Ringer(waitingTone, (settings) => settings.speaker, (settings) => (settings.waiting ? settings.volume : 0));
  }

  /** Safari plays by itself only what has played once while the page was touched. */
  prepare(): this {
    onTouch(() => {
      this.#load();
      if (this.#rings) {
        void this.#element.play().catch(() => {}); // it rings, and has not been heard yet
        return;
      }
      this.#element.muted = true;
      const done = (): void => {
        if (!this.#rings) this.#element.pause();
        this.#element.muted = false;
      };
      this.#element.play().then(done, done);
    });
    return this;
  }

  async ring(on: boolean, settings: Settings): Promise<void> {
    // Not every browser lets a page set how loud it is: what shall be silent is not played.
    const sounds = on && this.volume(settings) > 0;
    if (sounds === this.#rings) return;
    this.#rings = sounds;
    if (!sounds) {
      this.#element.pause();
      return;
    }
    this.#load();
    this.#element.muted = false;
    this.#element.volume = this.volume(settings);
    this.#element.currentTime = 0;
    await direct(this.#element, this.device(settings));
    // A page that nobody has touched yet may not make a sound; the strip and the notification do.
    if (this.#rings) await this.#element.play().catch(() => {});
  }

  /** Devices were plugged in or out, or chosen anew. */
  apply(settings: Settings): void {
    this.#element.volume = this.volume(settings);
    void direct(this.#element, this.device(settings));
  }

  #load(): void {
    if (this.#element.src === "") this.#element.src = this.sound();
  }
}
