// Hear one side only. The client is the left channel, the company the right one.

export type Side = "client" | "company";

export class Sides {
  private readonly gains: Readonly<Record<Side, GainNode>>;

  /** Takes the audio's sound over; both sides are then heard in the middle. */
  constructor(audio: HTMLAudioElement) {
    const context = new AudioContext();
    const source = context.createMediaElementSource(audio);
    const splitter = context.createChannelSplitter(2);
    this.gains = { client: context.createGain(), company: context.createGain() };
    source.connect(splitter);
    splitter.connect(this.gains.client, 0);
    splitter.connect(this.gains.company, 1);
    this.gains.client.connect(context.destination);
    this.gains.company.connect(context.destination);
    audio.addEventListener("play", () => void context.resume());
    void context.resume();
  }

  hear(side: Side, on: boolean): void {
    this.gains[side].gain.value = on ? 1 : 0;
  }
}
