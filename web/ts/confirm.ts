// What cannot be undone asks first: hx-confirm on the button, answered in a dialog of our own, in the
// reader's language. The button that goes on has the words of the one that was pressed.

interface Confirmed {
  readonly question: string | null;
  readonly triggeringEvent?: Event;
  readonly issueRequest: (confirmed: boolean) => void;
}

export function mount(element: HTMLElement): void {
  const dialog = element as HTMLDialogElement;
  const text = dialog.querySelector<HTMLElement>("[data-question]");
  const yes = dialog.querySelector<HTMLElement>("[data-yes]");
  if (text === null || yes === null) return;
  let go: (() => void) | undefined;

  document.addEventListener("htmx:confirm", (event) => {
    const detail = (event as CustomEvent<Confirmed>).detail;
    const pressed = buttonOf(event.target, detail.triggeringEvent);
    const question = detail.question ?? pressed?.getAttribute("hx-confirm") ?? null;
    if (question === null) return;
    event.preventDefault();
    text.textContent = question;
    yes.textContent = pressed?.textContent?.trim() || pressed?.title || yes.dataset["yes"] || "";
    go = () => {
      pressed?.focus(); // htmx sends the name of the button that has the focus
      detail.issueRequest(true);
    };
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-yes]") !== null) dialog.close("yes");
    else if (target === dialog || target.closest("[data-no]") !== null) dialog.close("no");
  });
  dialog.addEventListener("close", () => {
    const agreed = dialog.returnValue === "yes";
    dialog.returnValue = "";
    if (agreed) go?.();
    go = undefined;
  });
}

function buttonOf(target: EventTarget | null, cause: Event | undefined): HTMLElement | null {
  if (cause instanceof SubmitEvent && cause.submitter !== null) return cause.submitter;
  return target instanceof HTMLElement ? target : null;
}
