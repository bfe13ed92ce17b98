// Islands: small pieces of script, each tied to elements by data-island="name".

export type Mount = (element: HTMLElement) => void;

const mounts = new Map<string, Mount>();
const mounted = new WeakSet<Element>();

export function island(name: string, mount: Mount): void {
  mounts.set(name, mount);
}

/** Mounts what is new under `root`. Safe to call again after every change of the page. */
export function mountAll(root: ParentNode): void {
  const found = [...root.querySelectorAll<HTMLElement>("[data-island]")];
  if (root instanceof HTMLElement && root.dataset["island"] !== undefined) found.push(root);
  for (const element of found) {
    if (mounted.has(element)) continue;
    for (const name of (element.dataset["island"] ?? "").split(" ")) {
      const mount = mounts.get(name);
      if (mount === undefined) continue;
      mounted.add(element);
      mount(element);
    }
  }
}

/** Runs `work` on every tick of `event` for as long as `element` is in the document. */
export function whileShown<T>(
  element: Element,
  subscribe: (listener: (value: T) => void) => () => void,
  work: (value: T) => void,
): void {
  const stop = subscribe((value) => {
    if (element.isConnected) work(value);
    else stop();
  });
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"))
  );
}

export function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}

const YEAR = 31_536_000; // seconds

/** A choice of how the frame looks, which the server draws it by. */
export function remember(name: string, on: boolean): void {
  document.cookie = `${name}=${on ? 1 : 0}; path=/; max-age=${YEAR}; samesite=lax`;
}
