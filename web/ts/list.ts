// Lists by keyboard: j/k or arrows, Enter opens, c calls, x picks. Picked rows show the bulk bar.
import { byId, isTyping } from "./islands";

function rowsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("tbody tr[data-row]")];
}

function move(list: HTMLElement, step: number): void {
  const rows = rowsOf(list);
  const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

function press(list: HTMLElement, key: string): boolean {
  const row = document.activeElement?.closest<HTMLElement>("tr[data-row]") ?? null;
  const onRow = row !== null && row === document.activeElement;
  switch (key) {
    case "j":
      move(list, 1);
      return true;
    case "k":
      move(list, -1);
      return true;
    case "ArrowDown":
    case "ArrowUp":
      if (!onRow) return false;
      move(list, key === "ArrowDown" ? 1 : -1);
      return true;
    case "Enter":
      if (onRow) row.querySelector<HTMLElement>("a.row-link")?.click();
      return onRow;
    case "c":
      row?.querySelector<HTMLElement>("[data-call]")?.click();
      return row !== null;
    case "x":
      row?.querySelector<HTMLElement>("input[name=ids]")?.click();
      return row !== null;
    default:
      return false;
  }
}

/** "23 / 519" beside the heading: the last row in view, of all that there are. */
function followPosition(list: HTMLElement): void {
  const page = byId("page");
  const format = new Intl.NumberFormat(document.documentElement.lang);
  let asked = false;
  const show = (): void => {
    asked = false;
    const place = byId("position");
    if (place === null || page === null) return;
    const bottom = page.getBoundingClientRect().bottom;
    const rows = rowsOf(list);
    let seen = rows.length;
    while (seen > 0 && (rows[seen - 1]?.getBoundingClientRect().top ?? 0) >= bottom) seen -= 1;
    const whole = page.scrollHeight <= page.clientHeight;
    place.textContent = whole || seen === 0 ? "" : `${format.format(seen)} / `;
  };
  const onScroll = (): void => {
    if (!list.isConnected) {
      page?.removeEventListener("scroll", onScroll);
      return;
    }
    if (asked) return;
    asked = true;
    requestAnimationFrame(show);
  };
  page?.addEventListener("scroll", onScroll, { passive: true });
  onScroll();
}

export function mount(list: HTMLElement): void {
  followPosition(list);
  const onKey = (event: KeyboardEvent): void => {
    if (!list.isConnected) {
      document.removeEventListener("keydown", onKey);
      return;
    }
    const busy = event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target);
    if (busy || document.querySelector("dialog[open]") !== null) return;
    if (press(list, event.key)) event.preventDefault();
  };
  document.addEventListener("keydown", onKey);

  list.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("a, button, input, label, summary") !== null) return;
    if (target.matches(".is-check")) {
      // The cell around the box is its target, too: a finger misses 20 px.
      target.querySelector<HTMLElement>("input")?.click();
      return;
    }
    const selected = getSelection()?.toString() ?? "";
    const link = target.closest("tr[data-row]")?.querySelector<HTMLElement>("a.row-link");
    if (selected === "") link?.click();
  });
  list.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    if (box.matches("[data-pick-all]")) {
      for (const one of list.querySelectorAll<HTMLInputElement>("input[name=ids]")) one.checked = box.checked;
    }
    showPicked(list);
  });
  showPicked(list);
}

function showPicked(list: HTMLElement): void {
  let picked = 0;
  for (const row of rowsOf(list)) {
    const on = row.querySelector<HTMLInputElement>("input[name=ids]")?.checked ?? false;
    row.classList.toggle("is-picked", on);
    if (on) picked += 1;
  }
  const bar = list.querySelector<HTMLElement>(".bulk-bar");
  if (bar === null) return;
  bar.hidden = picked === 0;
  const count = bar.querySelector("[data-picked]");
  if (count !== null) count.textContent = String(picked);
}
