// Every telephone number is a button: pressing it calls, on the line chosen in the panel.
import htmx from "htmx.org";
import { placedOn } from "./softphone";

function chosenLine(): string {
  return document.querySelector<HTMLInputElement>("input[name=line]:checked")?.value ?? "";
}

export function dial(to: string): void {
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
}
