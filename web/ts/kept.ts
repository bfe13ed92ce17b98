// What was being written when the session ended is there again after the sign-in: in this tab, for
// the same user, and no longer than that.
import { byId } from "./islands";

const PLACE = "hovorna-kept";
const WRITTEN = "#page :is(input, textarea), #strip textarea";

type Field = HTMLInputElement | HTMLTextAreaElement;

interface Kept {
  readonly user: string;
  readonly at: string;
  readonly fields: readonly (readonly [id: string, text: string])[];
}

function user(): string {
  return byId("panel")?.dataset["user"] ?? "";
}

function here(): string {
  return location.pathname + location.search;
}

function written(field: Field): boolean {
  const isText = field instanceof HTMLTextAreaElement || ["text", "tel", "email", "number"].includes(field.type);
  return isText && field.id !== "" && field.value !== field.defaultValue;
}

function keep(): void {
  const fields = [...document.querySelectorAll<Field>(WRITTEN)].filter(written);
  if (fields.length === 0) return;
  const kept: Kept = { user: user(), at: here(), fields: fields.map((one) => [one.id, one.value]) };
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    // Where storage is forbidden, it is lost.
  }
}

/** Leaves for the sign-in, and comes back to this page. */
export function signInAgain(): void {
  keep();
  location.assign(`/sign-in?next=${encodeURIComponent(here())}`);
}

function take(): Kept | null {
  try {
    const text = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    return text === null ? null : (JSON.parse(text) as Kept);
  } catch {
    return null;
  }
}

function giveBack(): void {
  const kept = take();
  if (kept === null || kept.user !== user() || kept.at !== here()) return;
  let given = false;
  for (const [id, text] of kept.fields) {
    const field = byId(id);
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) continue;
    field.value = text;
    given = true;
    // It was to be saved when it was left, and that failed.
    if (field.classList.contains("in-place")) field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const toast = byId("kept-toast");
  if (given && toast instanceof HTMLTemplateElement) byId("toasts")?.append(toast.content.cloneNode(true));
}

export function start(): void {
  if (document.body.dataset["signedIn"] === undefined) return;
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    if (xhr.status !== 401) return;
    event.preventDefault();
    signInAgain();
  });
  giveBack();
}
