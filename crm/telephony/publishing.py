"""What the bus is told after a batch of call events: read in its transaction, sent after it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.bus import Audience, BusEvent
from crm.clients.models import Card
from crm.db import from_micros
from crm.people.directory import Directory
from crm.telephony.call_json import call_json
from crm.telephony.reading import call_views
from crm.telephony.results import Results
from crm.telephony.views import CallView
from pbx_bridge.calls.events import to_json


def announcements(
    session: Session, results: Results, directory: Directory, now: datetime
) -> list[BusEvent]:
    """Call events with the call as it is after the batch; then leads and missed calls."""
    # An event of a consultation is told as an event of the call that it was part of.
    told_as = {call: results.merged_calls.get(call, call) for call in results.events}
    wanted = {*told_as.values(), *results.missed, *results.cleared}
    views = call_views(session, wanted, directory)
    published: list[BusEvent] = []
    for call_id, events in results.events.items():
        view = views.get(told_as[call_id])
        if view is None:
            continue
        call = call_json(view)
        for event in events:
            body = {"type": event.type, "key": event.key, **to_json(event)}
            published.append(
                BusEvent(
                    event.type,
                    from_micros(event.at),
                    {"call": call, "event": body},
                    view.audience,
                )
            )
    published += _leads(session, results, now)
    for name, ids in (("missed.raised", results.missed), ("missed.cleared", results.cleared)):
        published += [_missed(name, views[call_id], now) for call_id in ids if call_id in views]
    return published


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
