// Running timers and relative times, by the server's clock.
import { serverNow } from "./live";

const RELATIVE_EVERY = 20_000; // ms
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** 75 -> "1:15", 3675 -> "1:01:15". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = pad(whole % 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
}

function tick(): void {
  const now = serverNow();
  for (const element of document.querySelectorAll<HTMLElement>("[data-since]")) {
    const text = duration((now - Date.parse(element.dataset["since"] ?? "")) / 1000);
    if (element.textContent !== text) element.textContent = text;
  }
}

function relative(format: Intl.RelativeTimeFormat): void {
  const now = serverNow();
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
    const past = (now - Date.parse(element.dateTime)) / 1000;
    const unit = UNITS.find(([, size]) => past >= size);
    // Under a minute and over a week the server's words stay.
    if (unit === undefined || past > 7 * 86_400) continue;
    const text = format.format(-Math.floor(past / unit[1]), unit[0]);
    if (element.textContent !== text) element.textContent = text;
  }
}

export function start(): void {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "short" });
  setInterval(tick, 1000);
  setInterval(() => relative(format), RELATIVE_EVERY);
}
