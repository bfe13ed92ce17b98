// Lines in the corner. Each stays a moment; what is said or done next about the same call ends it sooner.
import { callOf } from "./fresh";
import { onLive } from "./live";

const STAYS = 8000; // ms
const DEED = /^\/calls\/(\d+)\//; // what is done with a call

interface Asked {
  readonly requestConfig: { readonly verb: string; readonly path: string };
}

export function mount(region: HTMLElement): void {
  const stay = (toast: HTMLElement): void => {
    setTimeout(() => {
      // Not from under the pointer or the keyboard.
      if (toast.matches(":hover, :focus-within")) stay(toast);
      else toast.remove();
    }, STAYS);
  };
  const drop = (about: string, rule = ""): void => {
    for (const old of region.querySelectorAll(`[data-about="${CSS.escape(about)}"]${rule}`)) old.remove();
  };
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (!(node instanceof HTMLElement)) continue;
      stay(node);
      const about = node.dataset["about"];
      if (about === undefined) continue;
      node.dataset["newest"] = "";
      drop(about, ":not([data-newest])");
      delete node.dataset["newest"];
    }
  }).observe(region, { childList: true });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { verb, path } = (event as CustomEvent<Asked>).detail.requestConfig;
    const call = DEED.exec(path)?.[1];
    if (verb === "post" && call !== undefined) drop(`call-${call}`);
  });
  onLive((message) => {
    const call = callOf(message);
    // Why it did not come about, or was refused, is still news.
    if (message.type === "call.ended" && call?.id !== undefined) drop(`call-${call.id}`, ":not(.is-error)");
  });
  // Undo was pressed: its form must stay until it has been sent.
  region.addEventListener("htmx:afterRequest", (event) => (event.target as Element).closest(".toast-line")?.remove());
  region.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-close]") !== null) {
      (event.target as Element).closest(".toast-line")?.remove();
    }
  });
}
