"""Spans of days that lists are filtered by."""

from datetime import datetime, timedelta

from aiohttp import web

from web.rendering import formats_of
from web.words import Gettext

_DAYS = {"today": 0, "week": 6, "month": 29}


def spans(_: Gettext) -> list[tuple[str, str]]:
    """What the address says, and its words."""
    return [("today", _("Today")), ("week", _("Seven days")), ("month", _("Thirty days"))]


def since(request: web.Request, word: str | None) -> datetime | None:
    """The beginning of the reader's day, that many days ago."""
    days = _DAYS.get(word or "")
    if days is None:
        return None
    fmt = formats_of(request)
    midnight = fmt.local(fmt.now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days)
