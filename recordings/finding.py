"""Finds recordings that nobody told of: left by a crash, or while the program was not running."""

import asyncio
from collections.abc import Callable, Container

import structlog

from recordings import spool
from recordings.places import QUARANTINE, Pace, Places
from recordings.ports import Catalogue

_log = structlog.get_logger(__name__)


class Finder:
    """Looks through the spool. Remembers from one time to the next what has changed."""

    def __init__(
        self,
        places: Places,
        catalogue: Catalogue,
        pace: Pace,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._places = places
        self._catalogue = catalogue
        self._pace = pace
        self._monotonic = monotonic
        self._wall = wall
        self._resting: dict[str, tuple[spool.Look, float]] = {}
        self._kept: dict[str, spool.Look] = {}
        self.unowned: set[str] = set()

    def keep(self, channel: str, seen: spool.Look) -> None:
        """These files are stored but stay in the spool: do not find them again."""
        self._kept[channel] = seen

    async def find(self, known: Container[str]) -> list[str]:
        """Channels, not among `known`, whose files are complete and whose call has ended.

        Files without a call are put aside once they are old. Raises OSError when the spool cannot
        be read, and what the catalogue raises.
        """
        waiting = await asyncio.to_thread(spool.waiting, self._places.spool)
        self._resting = {c: rest for c, rest in self._resting.items() if c in waiting}
        self._kept = {c: seen for c, seen in self._kept.items() if c in waiting}
        self.unowned &= waiting
        found = []
        for channel in sorted(waiting):
            if channel in known:
                continue
            seen = await asyncio.to_thread(spool.look, self._places.spool, channel)
            if not seen.files or seen == self._kept.get(channel) or not self._rests(channel, seen):
                continue
            if await self._has_ended(channel, seen):
                found.append(channel)
        return found

    def _rests(self, channel: str, seen: spool.Look) -> bool:
        """Whether these files have not changed for a while; closed ones need not wait."""
        last, since = self._resting.get(channel, (None, 0.0))
        now = self._monotonic()
        if last != seen:
            self._resting[channel] = (seen, now)
            since = now
        return seen.complete or now - since >= self._pace.quiet

    async def _has_ended(self, channel: str, seen: spool.Look) -> bool:
        owner = await self._catalogue.owner(channel)
        if owner is not None:
            self.unowned.discard(channel)
            return owner.ended
        self.unowned.add(channel)
        if self._wall() - seen.changed_at > self._pace.unowned:
            _log.warning("recording of an unknown call put aside", channel=channel)
            aside = self._places.root / QUARANTINE / "unowned"
            everything = {file.side for file in seen.files}
            await asyncio.to_thread(spool.clear, seen, everything, aside)
        return False
