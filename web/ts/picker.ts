// Whom to hand a call to: the list is asked for when the menu is opened, and as one types.
import htmx from "htmx.org";

export function mount(menu: HTMLElement): void {
  const field = menu.querySelector<HTMLInputElement>("input[type=search]");
  if (field === null) return;
  menu.addEventListener("toggle", () => {
    if (!(menu as HTMLDetailsElement).open) return;
    field.value = "";
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
