// The settings of the sound: which microphone, speaker and bell, and how loud.
import { Ringer } from "./audio";
import { microphone, stop } from "./microphone";
import type { Memory, Settings } from "./settings";

const KINDS: Readonly<Record<string, MediaDeviceKind>> = {
  microphone: "audioinput",
  speaker: "audiooutput",
  ringer: "audiooutput",
};

async function fillChoice(select: HTMLSelectElement, chosen: string): Promise<void> {
  const kind = KINDS[select.name];
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const first = select.options[0];
  const fit = devices.filter((one) => one.kind === kind && one.deviceId !== "" && one.deviceId !== "default");
  select.replaceChildren(...(first === undefined ? [] : [first]));
  for (const one of fit) select.append(new Option(one.label || one.deviceId, one.deviceId));
  select.value = fit.some((one) => one.deviceId === chosen) ? chosen : "";
}

/** Before the microphone was allowed, browsers tell no names; Safari and Firefox hardly the devices. */
async function learnNames(settings: Settings): Promise<void> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  if (devices.some((one) => one.kind === "audioinput" && one.label !== "")) return;
  stop(await microphone(settings).catch(() => null));
}

export function bindDevices(root: HTMLElement, memory: Memory, changed: () => void): void {
  const form = root.querySelector<HTMLFormElement>("[data-phone-settings]");
  if (form === null) return;
  const ringer = Ringer.bell();
  const canDirect = "setSinkId" in HTMLMediaElement.prototype;
  for (const one of form.querySelectorAll<HTMLElement>("[data-needs-sink]")) one.hidden = !canDirect;

  const draw = (): void => {
    const settings = memory.settings;
    for (const field of form.elements) {
      if (field instanceof HTMLSelectElement) {
        void fillChoice(field, settings[field.name as keyof Settings] as string);
      } else if (field instanceof HTMLInputElement && field.type === "checkbox") {
        field.checked = settings[field.name as keyof Settings] as boolean;
      } else if (field instanceof HTMLInputElement) {
        field.value = String(settings[field.name as keyof Settings]);
      }
    }
  };
  form.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement | HTMLSelectElement;
    const value =
      field instanceof HTMLInputElement ? (field.type === "checkbox" ? field.checked : Number(field.value)) : field.value;
    memory.settings = { ...memory.settings, [field.name]: value };
    changed();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-phone-bell]")?.addEventListener("click", () => {
    void ringer.ring(true, memory.settings);
    setTimeout(() => void ringer.ring(false, memory.settings), 1500);
  });
  navigator.mediaDevices?.addEventListener?.("devicechange", draw);
  form.closest("details")?.addEventListener("toggle", (event) => {
    draw();
    if ((event.target as HTMLDetailsElement).open) void learnNames(memory.settings).then(draw);
  });
}
