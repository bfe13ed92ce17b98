// The call strip: my live calls. Drawn by the server, asked for when a call of mine changes.
import htmx from "htmx.org";
import { byId } from "./islands";
import { onChanged, refresher } from "./fragment";
import { callOf, concerns, myExtensions } from "./fresh";
import { onLive } from "./live";

export function mount(strip: HTMLElement): void {
  const refresh = refresher(strip, () => "/strip", 60);
  const said = new Map<string, string>();
  const mine = myExtensions();

  onLive((message) => {
    const call = callOf(message);
    const id = call?.id;
    const shown = id !== undefined && strip.querySelector(`[data-strip-call="${id}"]`) !== null;
    if (message.type === "call.ended" && shown && call?.direction !== "inbound" && call?.outcome !== "answered") {
      void htmx.ajax("get", `/calls/${id}/reason`, { target: "#toasts", swap: "beforeend" });
    }
    const asked = ["hello", "supervision.changed"].includes(message.type);
    if (asked || shown || concerns(message, mine)) refresh();
  });
  document.addEventListener("strip:ask", refresh);

  const page = byId("page");
  let height = strip.offsetHeight;
  onChanged((root) => {
    if (root !== strip) return;
    announce(strip, said);
    // The strip pushes the page down; scrolling by as much keeps the line being read in place.
    const grown = strip.offsetHeight - height;
    height = strip.offsetHeight;
    if (page !== null && page.scrollTop > 0 && grown !== 0) page.scrollTop += grown;
  });
  announce(strip, said);
}

function announce(strip: HTMLElement, said: Map<string, string>): void {
  const live = new Map<string, string>();
  for (const call of strip.querySelectorAll<HTMLElement>("[data-strip-call]")) {
    live.set(call.dataset["stripCall"] ?? "", call.dataset["announce"] ?? "");
  }
  const news = [...live].filter(([id, text]) => said.get(id) !== text).map(([, text]) => text);
  said.clear();
  for (const [id, text] of live) said.set(id, text);
  const region = byId("announce");
  if (region !== null && news.length > 0) region.textContent = news.join(". ");
}
