// What was being written is not lost: who comes back to a page that he left in the middle of it, finds
// it again. When the session ended, it waits for the sign-in, and when the whole page is loaded anew
// on the way elsewhere, for the way back: in this tab, for the same user only.
import { byId } from "./islands";

const PLACE = "hovorna-kept";
const FORM = "#page form:is([method=post], [hx-post])";
const LEFT = `${FORM} :is(input, textarea)`;
const WRITTEN = `${LEFT}, #page .in-place, #strip textarea`;

type Field = HTMLInputElement | HTMLTextAreaElement;

type Fields = readonly (readonly [id: string, text: string])[];

interface Kept {
  readonly user: string;
  readonly left: readonly (readonly [path: string, fields: Fields])[];
}

// By path: what was left without having been saved or cancelled.
const left = new Map<string, Fields>();
let at = location.pathname;

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

function unsaved(selector: string): Fields {
  const fields = [...document.querySelectorAll<Field>(selector)].filter(written);
  return fields.map((one) => [one.id, one.value]);
}

/** For the page that is loaded next. */
function keep(selector: string): void {
  leave(selector);
  if (left.size === 0) return;
  const kept: Kept = { user: user(), left: [...left] };
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    // Where storage is forbidden, it is lost.
  }
}

/** Leaves for the sign-in, and comes back to this page. */
export function signInAgain(): void {
  keep(WRITTEN);
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

function giveBack(fields: Fields): void {
  let given = false;
  for (const [id, text] of fields) {
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

interface Answer {
  readonly target: Element;
  readonly xhr: XMLHttpRequest;
  readonly requestConfig: { readonly verb: string; readonly elt: Element };
}

// A form's own answer, or its way to cancel, leaves nothing behind.
function leaves({ requestConfig }: Answer): boolean {
  return requestConfig.verb === "get" && requestConfig.elt.closest(FORM) === null;
}

function answered(event: Event): void {
  const answer = (event as CustomEvent<Answer>).detail;
  if (answer.xhr.status === 401) {
    event.preventDefault();
    signInAgain();
  } else if (answer.xhr.getResponseHeader("HX-Redirect") !== null && leaves(answer)) keep(LEFT);
}

function swaps(event: Event): void {
  const answer = (event as CustomEvent<Answer>).detail;
  if (answer.target.id !== "page") return;
  // Nothing of a form that was too old was done: it is written anew by the page that is loaded.
  if (answer.xhr.status === 403 && answer.requestConfig.verb !== "get") keep(LEFT);
  else if (leaves(answer)) leave(LEFT);
}

function leave(selector: string): void {
  const fields = unsaved(selector);
  if (fields.length > 0) left.set(at, fields);
}

function arrive(): void {
  at = location.pathname;
  const fields = left.get(at);
  left.delete(at);
  if (fields !== undefined) giveBack(fields);
}

export function start(): void {
  if (document.body.dataset["signedIn"] === undefined) return;
  document.addEventListener("htmx:beforeOnLoad", answered);
  document.addEventListener("htmx:beforeSwap", swaps);
  document.addEventListener("htmx:historyCacheMiss", () => leave(LEFT));
  document.addEventListener("htmx:historyRestore", arrive);
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target instanceof HTMLElement && target.id === "page") arrive();
  });
  const kept = take();
  if (kept === null || kept.user !== user()) return;
  for (const [path, fields] of kept.left) left.set(path, fields);
  arrive();
}
