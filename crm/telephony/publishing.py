"""What the bus is told after a batch of call events: read in its transaction, sent after it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.bus import Audience, BusEvent
from crm.clients.models import Card
from crm.columns import from_micros
from crm.people.directory import Directory
from crm.telephony.call_json import call_json
from crm.telephony.live_state import live_state
from crm.telephony.reading import (
    Parts,
    call_view,
    call_views,
    cards_of_calls,
    recordings_of_calls,
)
from crm.telephony.results import Results
from crm.telephony.views import CallView
from pbx_bridge.calls.event_json import to_json


def announcements(
    session: Session, results: Results, directory: Directory, now: datetime
) -> list[BusEvent]:
    """Call events with the call as it is after the batch; then leads and missed calls.

    `merged`: ids of calls that are part of this one now.
    """
    views = _views(session, results, directory)
    published: list[BusEvent] = []
    for call_id, batch in results.events.items():
        # An event of a consultation is told as an event of the call that it was part of.
        view = views.get(results.merged_calls.get(call_id, call_id))
        if view is None:
            continue
        call = call_json(view)
        gone = [other for other, into in results.merged_calls.items() if into == view.id]
        for event in batch.events:
            body = {"type": event.type, "key": event.key, **to_json(event)}
            data: dict[str, Any] = {"call": call, "event": body}
            if gone:
                data["merged"] = gone
            published.append(BusEvent(event.type, from_micros(event.at), data, view.audience))
    published += _leads(session, results, now)
    for name, ids in (("missed.raised", results.missed), ("missed.cleared", results.cleared)):
        published += [_missed(name, views[call_id], now) for call_id in ids if call_id in views]
    return published


def _views(session: Session, results: Results, directory: Directory) -> dict[int, CallView]:
    """Of calls in this batch from what was just written; of others from their rows."""
    ids = list(results.events)
    cards = cards_of_calls(session, ids)
    recorded = [call for call, batch in results.events.items() if batch.rows.recordings]
    recordings = recordings_of_calls(session, recorded) if recorded else {}
    views = {}
    for call_id, batch in results.events.items():
        parts = Parts(
            parties=list(batch.rows.parties),
            transfers=list(batch.rows.transfers),
            users=set(batch.rows.users),
            live=live_state(batch.record, directory),
            cards=cards.get(call_id, []),
            recordings=recordings.get(call_id, []),
        )
        row = {"id": call_id, "key": batch.record.call, "quality": None, **batch.rows.call}
        views[call_id] = call_view(row, parts, directory, None)
    others = {*results.missed, *results.cleared, *results.merged_calls.values()} - views.keys()
    return views | call_views(session, others, directory)


def _leads(session: Session, results: Results, now: datetime) -> list[BusEvent]:
    ids = {*results.leads, *results.changed_leads}
    if not ids:
        return []
    rows = session.execute(
        select(Card.id, Card.type, Card.name, Card.responsible_id).where(Card.id.in_(ids))
    )
    made = set(results.leads)
    return [
        BusEvent(
            "lead.created" if row.id in made else "lead.changed",
            now,
            {
                "card": {"type": row.type, "id": row.id, "name": row.name},
                "responsible_id": row.responsible_id,
            },
            Audience(everyone=True),
        )
        for row in rows
    ]


def _missed(name: str, call: CallView, now: datetime) -> BusEvent:
    return BusEvent(name, now, {"call": call_json(call)}, call.audience)
