"""How cards and their history are said in the reader's language: filters of the templates."""

from collections.abc import Callable
from typing import Any

from crm.clients.views import ActivityView, CardRef, CardView
from crm.people import permissions
from crm.people.permissions import Actor
from web.words import Gettext

PLURALS = {"lead": "leads", "contact": "contacts", "company": "companies"}
_HUES = {
    "blue": 0, "azure": 0, "indigo": 0, "green": 1, "lime": 1, "teal": 1, "orange": 2, "yellow": 6,
    "purple": 3, "violet": 3, "pink": 4, "red": 4, "cyan": 5, "gray": 7, "grey": 7, "secondary": 7,
}  # fmt: skip


def card_path(card: CardRef | CardView) -> str:
    return f"/{PLURALS[card.type]}/{card.id}"


def status_kind(kind: str, _: Gettext) -> str:
    """What a lead is while it has a status of this kind."""
    return {"open": _("Still open"), "won": _("Won"), "lost": _("Lost")}[kind]


def color_name(color: str, _: Gettext) -> str:
    """Of the hue that is shown: several names may have the same one."""
    names = (
        _("Blue"), _("Green"), _("Orange"), _("Purple"), _("Red"), _("Turquoise"), _("Yellow"),
        _("Grey"),
    )  # fmt: skip
    return names[hue(color)]


def hue(color: str) -> int:
    """The nearest of the page's eight hues for a colour's name."""
    return _HUES.get(color, 7)


def source_name(card: CardView, _: Gettext) -> str:
    words = {
        "call": _("Phone call"),
        "manual": _("By hand"),
        "import": _("Import"),
        "web": _("Web form"),
        "other": _("Other"),
        "api": _("Another program"),
        "lead": _("Lead"),
        "sample": _("Sample"),
    }
    name = words.get(card.source, card.source)
    return f"{name}, {card.source_line.label}" if card.source_line else name


def phone_kind(kind: str, _: Gettext) -> str:
    return {
        "main": _("main"),
        "mobile": _("mobile"),
        "work": _("work"),
        "home": _("home"),
        "fax": _("fax"),
        "other": _("other"),
    }.get(kind, kind)


def may_change_note(activity: ActivityView, actor: Actor) -> bool:
    """Its author; an administrator any."""
    mine = activity.author is not None and activity.author.id == actor.id
    return mine or permissions.may_administer(actor)


def activity_title(activity: ActivityView, _: Gettext) -> str:
    name = activity.author.name if activity.author else _("Hovorna")
    data: dict[str, Any] = activity.data
    match activity.kind:
        case "note":
            return name
        case "created":
            return _("%s made the card") % name if activity.author else _("Made from a call")
        case "status":
            return _("%(name)s set the status to %(status)s") % {
                "name": name,
                "status": _(str(data.get("name") or data.get("to") or "")),
            }
        case "responsible":
            return _("%(name)s gave it to %(to)s") % {"name": name, "to": data.get("to") or "–"}
        case "converted":
            return _("%s converted the lead") % name
        case "merged":
            return _("%s merged another card into this one") % name
        case "restored":
            return _("%s restored the card") % name
    return f"{name}: {activity.kind}"


CARD_FILTERS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        card_path, hue, status_kind, color_name, source_name, phone_kind, activity_title,
        may_change_note,
    )
}  # fmt: skip
