// The line that calls go out on, in the top bar: chosen here or in the panel, it is the same choice.
import { byId } from "./islands";
import { onChanged } from "./fragment";

function options(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>("#panel-lines input[name=line]")];
}

export function mount(menu: HTMLElement): void {
  const label = menu.querySelector<HTMLElement>("[data-line-label]");
  const show = (): void => {
    const lines = options();
    const chosen = lines.find((option) => option.checked)?.value ?? "";
    for (const item of menu.querySelectorAll<HTMLElement>("[data-line]")) {
      const on = item.dataset["line"] === chosen;
      item.setAttribute("aria-current", String(on));
      item.hidden = !lines.some((line) => line.value === item.dataset["line"]);
      if (on && label !== null) label.textContent = item.dataset["short"] ?? item.textContent;
    }
  };
  menu.addEventListener("click", (event) => {
    const item = (event.target as Element).closest<HTMLElement>("[data-line]");
    const option = options().find((one) => one.value === item?.dataset["line"]);
    if (item === null || option === undefined) return;
    option.checked = true;
    show();
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
  });
  byId("panel-lines")?.addEventListener("change", show);
  onChanged((root) => {
    if (root.id === "panel-lines") show();
  });
  show();
}
