// Parts of the page that the server draws again when something happened.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";
import { mountAll } from "./islands";

const changed = new Set<(root: HTMLElement) => void>();

/** Called after every morph of a part of the page. */
export function onChanged(listener: (root: HTMLElement) => void): void {
  changed.add(listener);
}

/** Replaces the content of `element` with the least change: focus, scroll and typed text stay. */
export function morph(element: HTMLElement, html: string): void {
  const slot = element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["slot"] : undefined;
  Idiomorph.morph(element, html, {
    morphStyle: "innerHTML",
    ignoreActiveValue: true,
    callbacks: {
      // What the user opened or is filling in is his; the server does not know of it.
      beforeAttributeUpdated: (name: string, node: Element) =>
        !(name === "open" && node instanceof HTMLDetailsElement),
      beforeNodeMorphed: (node: Node) =>
        !(node instanceof HTMLElement && (node.dataset["keep"] !== undefined || hasText(node))),
    },
  });
  // A button that became its opposite (hold, resume) keeps the keyboard.
  if (slot !== undefined && !element.contains(document.activeElement)) {
    element.querySelector<HTMLElement>(`[data-slot="${CSS.escape(slot)}"]`)?.focus();
  }
  htmx.process(element);
  mountAll(element);
  for (const listener of changed) listener(element);
}

function hasText(node: HTMLElement): boolean {
  return node instanceof HTMLTextAreaElement && node.value !== node.defaultValue;
}

const UNHURRIED = 150; // ms; what is asked for more often is the user's own call
const RESTS = 4; // times as long as a drawing took, where much happens: the page stays at hand

const urgent = new Set<Promise<void>>();

/** A function that fetches and morphs: at once, then at most every `pause` ms while asked for.
 *
 * One event may concern several parts: the user's own call is drawn first, the others after it. */
export function refresher(element: HTMLElement, url: () => string, pause: number): () => void {
  const hurries = pause < UNHURRIED;
  let busy = false;
  let again = false;
  const run = async (): Promise<void> => {
    busy = true;
    if (!hurries) {
      await Promise.resolve(); // the event is still on its way to the other parts
      await Promise.all(urgent);
    }
    const began = performance.now();
    try {
      const answer = await fetch(url(), { headers: { "X-Fragment": "1" } });
      if (answer.ok && !answer.redirected && element.isConnected) morph(element, await answer.text());
    } catch {
      // The connection is gone; the live socket tells the user, and asks again when it is back.
    }
    setTimeout(() => {
      busy = false;
      if (again) {
        again = false;
        ask();
      }
    }, hurries ? pause : Math.max(pause, RESTS * (performance.now() - began)));
  };
  const ask = (): void => {
    if (busy) {
      again = true;
      return;
    }
    const drawing = run();
    if (!hurries) return;
    urgent.add(drawing);
    void drawing.then(() => urgent.delete(drawing));
  };
  return ask;
}
