// Text fields as high as their text, where the browser does not do it by itself (Safari before 26.2).
import { onChanged } from "./fragment";

function fit(area: HTMLTextAreaElement): void {
  area.style.height = "auto";
  const borders = area.offsetHeight - area.clientHeight;
  if (area.scrollHeight > area.clientHeight) area.style.height = `${area.scrollHeight + borders}px`;
}

function fitAll(root: ParentNode): void {
  for (const area of root.querySelectorAll("textarea")) if (area.rows === 1) fit(area);
}

export function start(): void {
  if (CSS.supports("field-sizing", "content")) return;
  document.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLTextAreaElement && target.rows === 1) fit(target);
  });
  document.addEventListener("htmx:load", ({ target }) => {
    if (target instanceof HTMLElement) fitAll(target);
  });
  onChanged(fitAll);
  fitAll(document);
}
