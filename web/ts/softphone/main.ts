// The telephone in the browser: loaded only where somebody wants one.
import { bindDevices } from "./devices";
import { Guide } from "./guide";
import { bindKeys } from "./keys";
import { notify } from "./notify";
import { Phone } from "./phone";
import { Memory } from "./settings";
import { type Act, type Command, OFF, type PhoneState } from "./state";
import { Tabs } from "./tabs";
import { View } from "./view";

export interface Softphone {
  choose(on: boolean): void;
}

export function start(root: HTMLElement): Softphone {
  const user = root.dataset["user"] ?? "";
  const memory = new Memory(user);
  const view = new View(root);
  const guide = new Guide(root);
  let shown: PhoneState = OFF;
  const show = (state: PhoneState): void => {
    notify(shown, state, tabs.owns, root);
    shown = state;
    view.show(state);
    guide.saw(state);
  };
  const open = (tell: (state: PhoneState) => void): Phone => {
    const phone = new Phone(memory, tell);
    void phone.start();
    return phone;
  };
  const tabs = new Tabs(user, open, show);

  const act = (command: Command): void => {
    guide.heard(command, shown);
    tabs.do(command);
  };
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-phone-do]");
    if (button === null) return;
    const name = button.dataset["phoneDo"] as Act;
    const call = button.dataset["phoneCall"];
    const value = button.dataset["phoneValue"];
    act({ act: name, ...(call === undefined ? {} : { call }), ...(value === undefined ? {} : { value }) });
  });
  document.addEventListener("softphone:placing", (event) => {
    tabs.do({ act: "expect", value: (event as CustomEvent<string>).detail });
  });
  document.addEventListener("softphone:test", () => act({ act: "echo" }));
  document.addEventListener("strip:drawn", () => view.strip());
  bindKeys(() => shown, act);
  bindDevices(root, memory, () => tabs.do({ act: "settings" }));
  addEventListener("storage", (event) => {
    if (memory.isDevice(event.key)) choose(memory.chosen);
  });

  function choose(on: boolean): void {
    if (on) tabs.join();
    else tabs.part();
  }
  return { choose };
}
