"""The journals of calls, for showing: many calls in one query."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.columns import from_micros
from crm.people.directory import Directory
from crm.telephony.models import Call, CallEvent
from crm.telephony.views import StoryItem


def stories(
    session: Session, ids: Collection[int], directory: Directory
) -> dict[int, tuple[StoryItem, ...]]:
    """By call id, with the events of calls merged into it, in the order of what happened."""
    if not ids:
        return {}
    into = func.coalesce(Call.merged_into_id, Call.id)
    found: dict[int, list[StoryItem]] = {call_id: [] for call_id in ids}
    rows = session.execute(
        select(into, CallEvent.key, CallEvent.type, CallEvent.at, CallEvent.body)
        .join(Call, Call.id == CallEvent.call_id)
        .where(Call.id.in_(ids) | Call.merged_into_id.in_(ids))
        .order_by(CallEvent.at, CallEvent.id)
    )
    for call_id, key, type_, at, body in rows:
        item = StoryItem(key, type_, from_micros(at), body, _names(body, directory))
        found[call_id].append(item)
    return {call_id: tuple(items) for call_id, items in found.items()}


def _names(body: dict[str, Any], directory: Directory) -> dict[str, str]:
    mentioned = [value.get("extension") for value in body.values() if isinstance(value, dict)]
    mentioned += [body.get("extension"), body.get("dialled")]
    return {
        extension: name
        for extension in mentioned
        if isinstance(extension, str) and (name := directory.name_of(extension)) is not None
    }
