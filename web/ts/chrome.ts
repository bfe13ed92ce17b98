// What surrounds the page: dialogs, menus, navigation marks, copy buttons.
import { byId, remember } from "./islands";

export function mountDialog(element: HTMLElement): void {
  const dialog = element as HTMLDialogElement;
  dialog.addEventListener("htmx:afterSwap", () => {
    if (dialog.innerHTML.trim() === "") dialog.close();
    else if (!dialog.open) dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target === dialog || target.closest("[data-close]") !== null) dialog.close();
  });
  document.addEventListener("close-dialog", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.innerHTML = "";
  });
}

function closeMenus(except: Element | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (except === null || !menu.contains(except)) menu.open = false;
  }
}

/** Opens to the right of its button's left edge, where there is room; else to the left. In sight. */
function layMenu(menu: Element): void {
  const body = menu.querySelector<HTMLElement>(":scope > .menu-body");
  const right = menu.closest("#strip, #page")?.getBoundingClientRect().right ?? innerWidth;
  if (body === null || getComputedStyle(menu).position === "static") return;
  body.classList.toggle("is-end", menu.getBoundingClientRect().left + body.offsetWidth > right);
  body.scrollIntoView({ block: "nearest" });
}

function markPlace(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".rail a[href]")) {
    const path = link.pathname;
    const here = location.pathname === path || location.pathname.startsWith(`${path}/`);
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  showTab();
}

// On a narrow screen the tab of this page may lie outside of what its row shows.
function showTab(): void {
  const tab = document.querySelector<HTMLElement>('.tabs > .tab[aria-current="page"]');
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

async function toggleFullScreen(): Promise<void> {
  if (document.fullscreenElement === null) await byId("page")?.requestFullscreen();
  else await document.exitFullscreen();
}

/** The menu at the left as icons only, or with its words; remembered in this browser. */
function toggleRail(button: Element): void {
  const narrow = document.body.classList.toggle("is-narrow");
  button.setAttribute("aria-pressed", String(narrow));
  remember("hovorna_rail", narrow);
}

async function copy(button: HTMLElement): Promise<void> {
  const text = button.dataset["copy"] ?? "";
  try {
    await navigator.clipboard.writeText(text);
    const done = button.dataset["copied"];
    const region = byId("announce");
    if (done !== undefined && region !== null) region.textContent = done;
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 1500);
  } catch {
    // Without the permission the text stays selectable beside the button.
  }
}

function onPageSwapped(page: HTMLElement): void {
  markPlace();
  closeMenus(null);
  const dialog = byId("dialog");
  if (dialog instanceof HTMLDialogElement && dialog.open) dialog.close();
  if (location.hash === "") page.scrollTop = 0;
  const first = page.querySelector<HTMLElement>(".is-invalid") ?? page.querySelector<HTMLElement>("[autofocus]");
  // The pressed link may be gone with the old page: the keyboard goes on from the new one.
  if (first !== null) first.focus();
  else if (document.activeElement === document.body) page.focus({ preventScroll: true });
}

export function start(): void {
  showTab();
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    closeMenus(target.closest("details.menu"));
    if (target.closest(".menu-body a, .menu-body button[data-done]") !== null) closeMenus(null);
    const copier = target.closest<HTMLElement>("[data-copy]");
    if (copier !== null) void copy(copier);
    if (target.closest("[data-fullscreen]") !== null) void toggleFullScreen();
    const rail = target.closest("[data-rail-toggle]");
    if (rail !== null) toggleRail(rail);
    const tab = target.closest<HTMLElement>("[data-card-tab]");
    if (tab !== null) chooseTab(tab);
  });
  document.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target;
      if (menu instanceof HTMLDetailsElement && menu.open && menu.classList.contains("menu")) layMenu(menu);
    },
    true, // it does not bubble
  );
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector<HTMLDetailsElement>("details.menu[open]");
    if (open === null) return;
    open.open = false;
    open.querySelector("summary")?.focus();
  });
  document.addEventListener("keydown", walkTabs);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target instanceof HTMLElement && event.target.id === "page") onPageSwapped(event.target);
  });
  document.addEventListener("htmx:historyRestore", markPlace);
  // Answers with errors are pages or toasts too: show them, do not drop them.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>).detail;
    if (detail.xhr.status >= 400 && detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });
  document.addEventListener("htmx:sendError", () => {
    const toast = byId("offline-toast");
    if (toast instanceof HTMLTemplateElement) byId("toasts")?.append(toast.content.cloneNode(true));
  });
}

// Arrows go from tab to tab, and choose it, as screen readers tell their users.
function walkTabs(event: KeyboardEvent): void {
  const tab = (event.target as Element).closest<HTMLElement>("[role=tab]");
  if (tab === null || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
  const all = [...(tab.parentElement?.querySelectorAll<HTMLElement>("[role=tab]") ?? [])];
  const next = all[(all.indexOf(tab) + (event.key === "ArrowRight" ? 1 : -1) + all.length) % all.length];
  event.preventDefault();
  next?.focus();
  next?.click();
}

function chooseTab(tab: HTMLElement): void {
  const card = tab.closest<HTMLElement>(".card-page");
  if (card === null) return;
  card.dataset["tab"] = tab.dataset["cardTab"] ?? "timeline";
  for (const one of card.querySelectorAll("[data-card-tab]")) {
    one.setAttribute("aria-selected", String(one === tab));
  }
}
