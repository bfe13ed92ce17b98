// A recording: two waveforms, one time. No audio is fetched before it is played.
import { duration } from "./clock";
import { Sides } from "./sides";
import { drawWave, type Gap, readGaps, readPeaks } from "./wave";

const SPEEDS = [1, 1.25, 1.5, 2, 0.75] as const;
const STEP = 5; // seconds, of an arrow key
const HUSH = 0.6; // seconds of a gap that are played, so that it is heard to be one

let playing: HTMLAudioElement | undefined;

class Player {
  private readonly audio = new Audio();
  private readonly peaks;
  private readonly gaps: readonly Gap[];
  private readonly seconds: number;
  private readonly wave: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly time: HTMLElement | null;
  private sides: Sides | undefined;
  private wanted: number; // seconds; where to play from once the audio is loaded
  private frame = 0;

  constructor(private readonly root: HTMLElement, wave: HTMLElement, canvas: HTMLCanvasElement) {
    this.wave = wave;
    this.canvas = canvas;
    this.time = root.querySelector(".player-time");
    this.seconds = Number(root.dataset["seconds"] ?? 0);
    this.peaks = readPeaks(root.dataset["peaks"] ?? "");
    this.gaps = readGaps(root.dataset["gaps"] ?? "", this.seconds);
    this.audio.preload = "none";
    this.wanted = this.fromLink();
    this.listen();
    new ResizeObserver(() => this.draw()).observe(wave);
    // The theme's colours change without a change of size.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  private get position(): number {
    return this.audio.readyState > 0 ? this.audio.currentTime : this.wanted;
  }

  private get mark(): string {
    return `rec-${this.root.dataset["recording"] ?? ""}`;
  }

  private fromLink(): number {
    const match = /^#(rec-\d+)@(\d+(?:\.\d+)?)$/.exec(decodeURIComponent(location.hash));
    if (match === null || match[1] !== this.mark) return 0;
    this.root.scrollIntoView({ block: "center" });
    return Math.min(Number(match[2]), this.seconds);
  }

  private toLink(): void {
    // The place in the recording is part of the address: it can be sent to a colleague.
    history.replaceState(history.state, "", `#${this.mark}@${this.position.toFixed(1)}`);
  }

  private listen(): void {
    this.root.querySelector(".player-play")?.addEventListener("click", () => this.toggle());
    this.root.querySelector(".player-speed")?.addEventListener("click", () => this.faster());
    for (const side of this.root.querySelectorAll<HTMLElement>(".player-side")) {
      side.addEventListener("click", () => this.flip(side));
    }
    this.wave.addEventListener("pointerdown", (event) => this.drag(event));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.audio.addEventListener("play", () => this.started());
    this.audio.addEventListener("pause", () => this.stopped());
    this.audio.addEventListener("timeupdate", () => this.passGap());
    this.audio.addEventListener("ended", () => this.stopped());
    this.audio.addEventListener("loadedmetadata", () => {
      this.audio.currentTime = this.wanted;
    });
    this.audio.addEventListener("error", () => {
      const problem = this.root.querySelector<HTMLElement>(".player-problem");
      if (problem !== null) problem.hidden = false;
    });
  }

  private toggle(): void {
    if (!this.audio.paused) {
      this.audio.pause();
      return;
    }
    if (this.audio.src === "") this.audio.src = this.root.dataset["src"] ?? "";
    playing?.pause();
    playing = this.audio;
    // A refused play is told by the audio's own error event.
    this.audio.play().catch(() => undefined);
  }

  private started(): void {
    this.root.classList.add("is-playing");
    const step = (): void => {
      this.draw();
      if (!this.root.isConnected) this.audio.pause();
      else if (!this.audio.paused) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  private stopped(): void {
    cancelAnimationFrame(this.frame);
    this.root.classList.remove("is-playing");
    this.draw();
    if (this.root.isConnected) this.toLink();
  }

  private seek(seconds: number): void {
    this.wanted = Math.max(0, Math.min(seconds, this.seconds));
    if (this.audio.readyState > 0) this.audio.currentTime = this.wanted;
    this.draw();
  }

  /** The gap in whose midst that place is. */
  private gapAt(seconds: number): Gap | undefined {
    return this.gaps.find((gap) => seconds > gap.from * this.seconds + HUSH && seconds < gap.to * this.seconds - HUSH);
  }

  private passGap(): void {
    const gap = this.audio.paused ? undefined : this.gapAt(this.audio.currentTime);
    if (gap !== undefined) this.seek(gap.to * this.seconds);
  }

  /** By so many seconds; over a gap if need be. */
  private step(by: number): void {
    const to = this.position + by;
    const gap = this.gapAt(to);
    if (gap === undefined) this.seek(to);
    else this.seek(by > 0 ? gap.to * this.seconds : gap.from * this.seconds - 1);
  }

  private drag(event: PointerEvent): void {
    const seekTo = (x: number): void => {
      const box = this.wave.getBoundingClientRect();
      this.seek(((x - box.left) / box.width) * this.seconds);
    };
    const onMove = (moved: PointerEvent): void => seekTo(moved.clientX);
    this.wave.setPointerCapture(event.pointerId);
    this.wave.addEventListener("pointermove", onMove);
    this.wave.addEventListener(
      "pointerup",
      () => {
        this.wave.removeEventListener("pointermove", onMove);
        this.toLink();
      },
      { once: true },
    );
    seekTo(event.clientX);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target instanceof HTMLButtonElement;
    if (event.key === " " && !onButton) this.toggle();
    else if (event.key === "ArrowLeft") this.step(-STEP);
    else if (event.key === "ArrowRight") this.step(STEP);
    else if (event.key === "Home") this.seek(0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private faster(): void {
    const at = SPEEDS.findIndex((speed) => speed === this.audio.playbackRate);
    this.audio.playbackRate = SPEEDS[(at + 1) % SPEEDS.length] ?? 1;
    this.audio.defaultPlaybackRate = this.audio.playbackRate;
    const button = this.root.querySelector(".player-speed");
    if (button !== null) button.textContent = `${this.audio.playbackRate}×`;
  }

  private flip(button: HTMLElement): void {
    this.sides ??= new Sides(this.audio);
    const on = button.getAttribute("aria-pressed") === "false";
    const side = button.classList.contains("is-client") ? "client" : "company";
    button.setAttribute("aria-pressed", String(on));
    this.sides.hear(side, on);
    this.draw();
  }

  private draw(): void {
    const at = this.position;
    if (this.time !== null) this.time.textContent = `${duration(at)} / ${duration(this.seconds)}`;
    this.wave.setAttribute("aria-valuenow", at.toFixed(0));
    const silent = this.gapAt(at) === undefined ? "" : `, ${this.root.dataset["gapText"] ?? ""}`;
    this.wave.setAttribute("aria-valuetext", duration(at) + silent);
    const heard = (name: string): boolean =>
      this.root.querySelector(`.player-side.is-${name}`)?.getAttribute("aria-pressed") !== "false";
    drawWave(this.canvas, this.peaks, this.seconds > 0 ? at / this.seconds : 0, heard("client"), heard("company"), this.gaps);
  }
}

export function mount(root: HTMLElement): void {
  const wave = root.querySelector<HTMLElement>(".player-wave");
  const canvas = root.querySelector("canvas");
  if (wave !== null && canvas !== null) new Player(root, wave, canvas);
}
