// The phone panel: opens, remembers that it is open, switches its parts; the dial pad.
import htmx from "htmx.org";
import { chosenLine, dial, lastDialled } from "./call";
import { byId, isTyping, remember } from "./islands";

const LOOK_AFTER = 180; // ms without a key

export function mount(panel: HTMLElement): void {
  const opener = document.querySelector<HTMLElement>("[data-panel-toggle]");
  const show = (open: boolean): void => {
    panel.hidden = !open;
    opener?.setAttribute("aria-expanded", String(open));
    remember("hovorna_panel", open);
  };
  if (matchMedia("(max-width: 767.98px)").matches) panel.hidden = true;
  // A window for the phone alone shows it whatever was chosen elsewhere.
  if (document.querySelector("[data-phone-window]") !== null) panel.hidden = false;
  opener?.setAttribute("aria-expanded", String(!panel.hidden));

  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-panel-toggle]") !== null) {
      show(panel.hidden !== false);
      if (panel.hidden === false) byId("dial-number")?.focus();
    }
    const tab = target.closest<HTMLElement>("[data-panel-tab]");
    if (tab !== null) choose(panel, tab);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.contains(document.activeElement)) {
      show(false);
      opener?.focus();
    }
    if (event.key === "d" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
      event.preventDefault();
      show(true);
      byId("dial-number")?.focus();
    }
  });
}

function choose(panel: HTMLElement, tab: HTMLElement): void {
  for (const one of panel.querySelectorAll<HTMLElement>("[data-panel-tab]")) {
    one.setAttribute("aria-selected", String(one === tab));
    const part = byId(one.getAttribute("aria-controls") ?? "");
    if (part === null) continue;
    part.hidden = one !== tab;
    if (one === tab && part.hasAttribute("hx-get")) htmx.trigger(part, "show");
  }
}

export function mountPad(form: HTMLElement): void {
  const field = form.querySelector<HTMLInputElement>("input[name=to]");
  if (field === null) return;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const query = new URLSearchParams({ number: field.value, line: chosenLine() });
      void htmx.ajax("get", `/panel/who?${query}`, { target: "#dial-found", swap: "innerHTML" });
    }, LOOK_AFTER);
  };
  const put = (text: string): void => {
    field.setRangeText(text, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
    look();
  };
  form.addEventListener("click", (event) => {
    const key = (event.target as Element).closest<HTMLElement>("[data-digit]");
    if (key !== null) put(key.dataset["digit"] ?? "");
    if ((event.target as Element).closest("[data-erase]") !== null) {
      field.value = field.value.slice(0, -1);
      look();
    }
  });
  field.addEventListener("input", look);
  // By which line it would go depends on the choice, too.
  form.addEventListener("change", (event) => {
    if ((event.target as Element).matches("[name=line]") && field.value !== "") look();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim() !== "") {
      dial(field.value);
      return;
    }
    // Nothing typed: the number of last time, to be looked at before it is called.
    field.value = lastDialled();
    field.focus();
    if (field.value !== "") look();
  });
}
