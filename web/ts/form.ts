// Forms with rows that can be added: the phones of a card.

export function mountRows(group: HTMLElement): void {
  const template = group.querySelector("template");
  let next = group.querySelectorAll("[data-row-item]").length;
  group.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-row-add]") !== null && template !== null) {
      const row = template.content.cloneNode(true) as DocumentFragment;
      for (const field of row.querySelectorAll("[name], [id], [for]")) renumber(field, next);
      next += 1;
      template.before(row);
      template.previousElementSibling?.querySelector<HTMLElement>("input")?.focus();
    }
    if (target.closest("[data-row-remove]") !== null) target.closest("[data-row-item]")?.remove();
  });
}

function renumber(field: Element, number: number): void {
  for (const name of ["name", "id", "for"]) {
    const value = field.getAttribute(name);
    if (value !== null) field.setAttribute(name, value.replace("__", String(number)));
  }
}
