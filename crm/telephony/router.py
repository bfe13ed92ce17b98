"""What the dialplan asks while a call waits: answered from memory and a few indexed looks.

An inbound call asks who shall ring; an outbound one whether it may go.
"""

from crm.clients.lookup import LookupService
from crm.clients.numbers import national
from crm.db import Clock, Database
from crm.people.directory import Directories
from crm.people.line_states import LineStates
from crm.people.models import Presence
from crm.people.views import LineView
from crm.telephony.numbering import client_number
from crm.telephony.outbound import refusal
from crm.text import clean
from pbx_bridge.ports import OutboundQuery, Refusal, RouteAnswer, RouteQuery

LONGEST_DISPLAY = 40  # what desk phones show, and more


class CrmRouter:
    """Implements `pbx_bridge.ports.Router`."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        directories: Directories,
        lookup: LookupService,
        country: str,
        line_states: LineStates,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directories = directories
        self._lookup = lookup
        self._country = country
        self._line_states = line_states

    async def route(self, query: RouteQuery) -> RouteAnswer | None:
        line = self._directories.now.lines.get(query.line)
        if line is None or not line.ring:
            return None
        return RouteAnswer(self._ring(line), line.ring_seconds, await self._display(line, query))

    async def may_call(self, query: OutboundQuery) -> Refusal | None:
        directory, now = self._directories.now, self._clock()
        return await self._db.read(
            lambda s: refusal(s, directory, query.extension, query.number, now, query.call)
        )

    def is_down(self, line: str) -> bool:
        return self._line_states.state(line).health.down

    def _ring(self, line: LineView) -> tuple[str, ...]:
        """The line's group without those who are away; all of it if that leaves nobody."""
        directory = self._directories.now
        free = []
        for extension in line.ring:
            person = directory.user_of(extension)
            if person is None or (person.active and person.presence is Presence.FREE):
                free.append(extension)
        return tuple(free) or line.ring

    async def _display(self, line: LineView, query: RouteQuery) -> str:
        """The client's name, or the number as people here read it, or what the network says."""
        number = client_number(query.number, line.country, self._directories.now)
        if number is not None:
            cards = await self._lookup.cards(number)
            if cards and (name := _displayable(cards[0].name)):
                return name
            return national(number, line.country)
        return _displayable(query.name or "") or _displayable(query.number or "") or line.label


def _displayable(text: str) -> str:
    """One short line without the quotes and brackets that end a SIP display name."""
    return clean(text.translate({ord(c): " " for c in '"<>\\'}), LONGEST_DISPLAY)
