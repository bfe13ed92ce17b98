"""What the bus is told of cards: `lead.created`, `contact.changed`, `company.deleted`, ..."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from crm.bus import Audience, BusEvent
from crm.clients.views import CardView


def card_event(card: CardView, what: str, at: datetime) -> BusEvent:
    """`what`: created, changed, deleted, restored, converted."""
    data = {"card": card_json(card)}
    return BusEvent(f"{card.type}.{what}", at, data, Audience(everyone=True))


def card_json(card: CardView) -> dict[str, Any]:
    """What an event tells of a card: enough for a list's row."""
    return {
        "type": card.type.value,
        "id": card.id,
        "name": card.name,
        "title": card.title,
        "status": card.status.code if card.status else None,
        "phones": [asdict(phone) for phone in card.phones],
        "responsible": asdict(card.responsible) if card.responsible else None,
        "line": card.source_line.name if card.source_line else None,
        "source": card.source,
        "version": card.version,
    }
