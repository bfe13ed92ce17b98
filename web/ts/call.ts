// Every telephone number is a button: pressing it calls, on the line chosen in the panel. And what
// else makes my phone ring (data-rings-me, of the call with this key): it rings at the device that I chose.
import htmx from "htmx.org";
import { placedOn, ringsAt, testsHere } from "./softphone";
import { ECHO } from "./softphone/state";

interface Asked {
  readonly elt: Element;
  readonly parameters: Record<string, unknown>;
}

/** The line chosen in the panel; "" for that of last time, else my own. */
export function chosenLine(): string {
  return document.querySelector<HTMLInputElement>("input[name=line]:checked")?.value ?? "";
}

// Where storage is forbidden, the number is known as long as the page.
let last = "";

function place(): string {
  return `hovorna-dialled-${document.querySelector<HTMLElement>("#panel")?.dataset["user"] ?? ""}`;
}

/** What this user dialled last in this browser; "" if nothing. */
export function lastDialled(): string {
  try {
    return localStorage.getItem(place()) ?? last;
  } catch {
    return last;
  }
}

function remember(to: string): void {
  last = to;
  try {
    localStorage.setItem(place(), to);
  } catch {
    // As above.
  }
}

export function dial(to: string): void {
  remember(to);
  if (to.trim() === ECHO && testsHere()) return;
  void htmx
    .ajax("post", "/dial", {
      target: "#toasts",
      swap: "beforeend",
      values: { to, line: chosenLine(), ...placedOn() },
    })
    .then(() => document.dispatchEvent(new Event("strip:ask")));
}

export function start(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-call]");
    const number = button?.dataset["call"];
    if (number === undefined) return;
    event.preventDefault();
    button?.closest("dialog")?.close();
    dial(number);
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, parameters } = (event as CustomEvent<Asked>).detail;
    const key = elt.closest<HTMLElement>("[data-rings-me]")?.dataset["ringsMe"];
    if (key === undefined) return;
    const here = elt.closest("[data-answer-here]") !== null;
    Object.assign(parameters, here ? ringsAt(key) : placedOn(key));
  });
}
