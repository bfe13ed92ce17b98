// The settings of the sound: which microphone, speaker and bell, and how loud.
import { canSetVolume, Ringer } from "./audio";
import { microphone, stop } from "./microphone";
import { devicesFor, isUse, plugged } from "./plugs";
import type { Memory, Settings } from "./settings";

async function fillChoice(select: HTMLSelectElement, settings: Settings, awayText: string): Promise<void> {
  if (!isUse(select.name)) return;
  const devices = await devicesFor(select.name);
  const chosen = settings[select.name];
  const first = select.options[0];
  select.replaceChildren(...(first === undefined ? [] : [first]));
  for (const one of devices) select.append(new Option(one.label || one.deviceId, one.deviceId));
  if (chosen !== "" && !devices.some((one) => one.deviceId === chosen)) {
    const name = settings.names[select.name] ?? "";
    const away = new Option(awayText.replace("%s", name), chosen);
    away.dataset["name"] = name;
    select.append(away);
  }
  select.value = chosen;
}

function nameOf(field: HTMLInputElement | HTMLSelectElement): Readonly<Record<string, string>> {
  if (!(field instanceof HTMLSelectElement)) return {};
  const option = field.selectedOptions[0];
  return { [field.name]: option?.dataset["name"] ?? option?.text ?? "" };
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
  for (const one of form.querySelectorAll<HTMLElement>("[data-needs-volume]")) one.hidden = !canSetVolume();
  const canDirect = "setSinkId" in HTMLMediaElement.prototype;
  for (const one of form.querySelectorAll<HTMLElement>("[data-needs-sink]")) one.hidden = !canDirect;

  const draw = (): void => {
    const settings = memory.settings;
    for (const field of form.elements) {
      if (field instanceof HTMLSelectElement) {
        void fillChoice(field, settings, form.dataset["awayText"] ?? "");
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
    const before = memory.settings;
    memory.settings = { ...before, [field.name]: value, names: { ...before.names, ...nameOf(field) } };
    changed();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-phone-bell]")?.addEventListener("click", () => {
    void plugged(memory.settings).then(({ settings }) => ringer.ring(true, settings));
    setTimeout(() => void ringer.ring(false, memory.settings), 1500);
  });
  navigator.mediaDevices?.addEventListener?.("devicechange", draw);
  form.closest("details")?.addEventListener("toggle", (event) => {
    draw();
    if ((event.target as HTMLDetailsElement).open) void learnNames(memory.settings).then(draw);
  });
}
