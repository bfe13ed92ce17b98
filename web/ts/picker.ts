// Whom to hand a call to: the list is asked for when the menu is opened, and as one types.
import htmx from "htmx.org";

export function mount(menu: HTMLElement): void {
  const field = menu.querySelector<HTMLInputElement>("input[type=search]");
  if (field === null) return;
  menu.addEventListener("toggle", () => {
    if (!(menu as HTMLDetailsElement).open) return;
    field.value = "";
    lay(menu);
    htmx.trigger(field, "picker:open");
    field.focus();
  });
  // Down into the list and up again, as in any menu.
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [field, ...menu.querySelectorAll<HTMLElement>(".pick-menu-list button.btn-main")];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  });
}

/** To the right of its button's left edge, unless the page's right edge is nearer than it is wide. */
function lay(menu: HTMLElement): void {
  const body = menu.querySelector<HTMLElement>(".menu-body");
  const right = menu.closest("#strip")?.getBoundingClientRect().right ?? innerWidth;
  if (body === null) return;
  body.classList.toggle("is-end", menu.getBoundingClientRect().left + body.offsetWidth > right);
}
