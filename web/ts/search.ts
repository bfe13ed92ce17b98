// Search everything: "/" or Ctrl-K opens it, arrows choose, Enter goes.
import { byId, isTyping } from "./islands";

function options(dialog: HTMLElement): HTMLElement[] {
  return [...dialog.querySelectorAll<HTMLElement>("[role=option]")];
}

function choose(dialog: HTMLElement, index: number): void {
  const all = options(dialog);
  all.forEach((option, i) => {
    const chosen = i === index;
    option.setAttribute("aria-selected", String(chosen));
    if (chosen) option.scrollIntoView({ block: "nearest" });
  });
  dialog.querySelector("input")?.setAttribute("aria-activedescendant", all[index]?.id ?? "");
}

export function mount(element: HTMLElement): void {
  const dialog = element as HTMLDialogElement;
  const field = dialog.querySelector<HTMLInputElement>("input");
  if (field === null) return;
  const open = (): void => {
    if (dialog.open) return;
    dialog.showModal();
    field.select();
  };
  const chosen = (): number =>
    options(dialog).findIndex((option) => option.getAttribute("aria-selected") === "true");

  document.addEventListener("keydown", (event) => {
    const slash = event.key === "/" && !isTyping(event.target);
    const ctrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!slash && !ctrlK) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-search]") !== null) open();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || (event.target as Element).closest("a[role=option], [data-close]") !== null) dialog.close();
  });
  field.addEventListener("keydown", (event) => {
    const count = options(dialog).length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (count > 0) choose(dialog, (chosen() + step + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      options(dialog)[Math.max(0, chosen())]?.click();
    }
  });
  byId("palette-list")?.addEventListener("htmx:afterSwap", () => choose(dialog, 0));
}
