// Links "tel:" of other pages and programs, opened here.
import { byId } from "./islands";

/** The button that asks the browser to open such links here. */
export function mount(button: HTMLElement): void {
  if (typeof navigator.registerProtocolHandler !== "function") {
    button.hidden = true;
    return;
  }
  button.addEventListener("click", () => {
    navigator.registerProtocolHandler("tel", `${location.origin}/dial-link?number=%s`);
    button.setAttribute("aria-pressed", "true");
  });
}

/** The number of the link stands in the dial pad; it is called when somebody presses Call. */
export function mountPrefill(page: HTMLElement): void {
  const field = byId("dial-number") as HTMLInputElement | null;
  const number = page.dataset["number"] ?? "";
  if (field === null || number === "") return;
  field.value = number;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
