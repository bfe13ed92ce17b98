// The front end's one script. htmx swaps #page; islands add what HTML cannot.
import htmx from "htmx.org";
import * as call from "./call";
import * as chrome from "./chrome";
import * as clock from "./clock";
import * as confirm from "./confirm";
import * as edit from "./edit";
import * as form from "./form";
import * as fresh from "./fresh";
import * as grow from "./grow";
import { island, mountAll } from "./islands";
import * as kept from "./kept";
import * as lines from "./lines";
import * as links from "./links";
import * as list from "./list";
import * as live from "./live";
import * as panel from "./panel";
import * as picker from "./picker";
import * as player from "./player";
import * as search from "./search";
import * as softphone from "./softphone";
import * as strip from "./strip";
import * as toasts from "./toasts";

htmx.config.includeIndicatorStyles = false; // the content security policy forbids inline styles
htmx.config.allowEval = false;
// A link within a form must not be swapped where the form's answer goes: only <body> hands down.
htmx.config.disableInheritance = true;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // clients' data does not stay in the browser's storage
htmx.config.refreshOnHistoryMiss = false;
htmx.config.scrollBehavior = "auto";
htmx.config.defaultSettleDelay = 0;

island("softphone", softphone.mount);
island("strip", strip.mount);
island("fresh", fresh.mount);
island("panel", panel.mount);
island("dial-pad", panel.mountPad);
island("search", search.mount);
island("list", list.mount);
island("picker", picker.mount);
island("tel-links", links.mount);
island("prefill", links.mountPrefill);
island("player", player.mount);
island("toasts", toasts.mount);
island("dialog", chrome.mountDialog);
island("confirm", confirm.mount);
island("lines", lines.mount);
island("rows", form.mountRows);

call.start();
chrome.start();
edit.start();
clock.start();
mountAll(document);
kept.start();
grow.start();
document.addEventListener("htmx:load", (event) => {
  if (event.target instanceof HTMLElement) mountAll(event.target);
});
if (document.body.dataset["signedIn"] !== undefined) live.connect();
