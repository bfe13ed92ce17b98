// Fields edited in place: Enter saves, Escape gives back what was there.

export function start(): void {
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    if (!field.classList.contains("in-place")) return;
    if (event.key === "Escape") {
      field.value = field.defaultValue;
      field.blur();
    } else if (event.key === "Enter" && (field instanceof HTMLInputElement || field.dataset["oneLine"] !== undefined)) {
      event.preventDefault();
      field.blur();
    }
  });
  // A note that was saved leaves its field empty for the next one.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target;
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    const saved = xhr.status >= 200 && xhr.status < 300; // htmx takes an error that is shown for a success
    if (form instanceof HTMLFormElement && form.dataset["clear"] !== undefined && saved) form.reset();
  });
  // Ctrl-Enter sends a note.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (event.target instanceof HTMLTextAreaElement) event.target.form?.requestSubmit();
  });
}
