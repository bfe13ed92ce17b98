// Whether this browser is a telephone. The telephone itself is another script, loaded when it is one.
import { onChanged } from "./fragment";
import { signInAgain } from "./kept";
import type { Softphone } from "./softphone/main";
import { Memory } from "./softphone/settings";

let memory: Memory | null = null;

/**
 * What the server is told with all that makes the user's phone ring: which of them. `key`: of the call that
 * will ring; "" if it is a new one.
 */
export function placedOn(key = ""): Record<string, string> {
  return document.documentElement.dataset["from"] === "mobile" ? { device: "mobile" } : ringsAt(key);
}

/** The same, where it cannot be the mobile. */
export function ringsAt(key = ""): Record<string, string> {
  if (memory?.chosen !== true) return {};
  document.dispatchEvent(new CustomEvent("softphone:placing", { detail: key }));
  return { device: "browser", browser: memory.browser };
}

/** The test call: only who telephones in this browser hears it here. */
export function testsHere(): boolean {
  const here = document.documentElement.dataset["from"] !== "mobile" && memory?.chosen === true;
  if (here) document.dispatchEvent(new Event("softphone:test"));
  return here;
}

export function mount(root: HTMLElement): void {
  const kept = new Memory(root.dataset["user"] ?? "");
  memory = kept;
  const script = root.dataset["script"] ?? "";
  let loading: Promise<Softphone> | null = null;
  const load = async (): Promise<Softphone> => {
    const { start } = (await import(script)) as { start: (root: HTMLElement) => Softphone };
    return start(root);
  };
  const mobiles = document.querySelectorAll<HTMLInputElement>("[data-mobile-choice]");
  const choices = document.querySelectorAll<HTMLInputElement>("[data-device-choice]");
  const show = (): void => {
    for (const choice of choices) choice.checked = kept.chosen;
    // One whose number was taken away again is not called.
    for (const choice of mobiles) choice.checked = kept.mobile && !choice.disabled;
    const mobile = [...mobiles].some((choice) => choice.checked);
    document.documentElement.dataset["from"] = mobile ? "mobile" : "";
    document.documentElement.dataset["device"] = kept.chosen ? "browser" : "desk";
    if (!kept.chosen && loading === null) return;
    loading ??= load();
    void loading.then((phone) => phone.choose(kept.chosen));
  };
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      kept.chosen = choice.checked;
      if (choice.checked && "Notification" in window && Notification.permission === "default") {
        void Notification.requestPermission();
      }
      show();
    });
  }
  for (const choice of mobiles) {
    choice.addEventListener("change", () => {
      kept.mobile = choice.checked;
      show();
    });
  }
  addEventListener("storage", (event) => {
    if (kept.isDevice(event.key)) show();
  });
  root.querySelector("[data-phone-popout]")?.addEventListener("click", () => {
    window.open("/softphone", "hovorna-phone", "popup,width=400,height=720");
  });
  document.addEventListener("softphone:signed-out", signInAgain);
  onChanged((changed) => {
    if (changed.id === "strip") document.dispatchEvent(new Event("strip:drawn"));
  });
  show();
}
