"""What the journal still believes to be going on. Implements `pbx_bridge.ports.OpenCalls`."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db import Database
from crm.telephony.models import Call, CallEvent
from pbx_bridge.calls.events import Direction
from pbx_bridge.ports import OpenCall


class OpenCallsInJournal:
    def __init__(self, db: Database, pbx_id: str) -> None:
        self._db = db
        self._prefix = f"{pbx_id}-"

    async def open_calls(self) -> Sequence[OpenCall]:
        return await self._db.read(self._read)

    def _read(self, session: Session) -> list[OpenCall]:
        rows = session.execute(
            select(Call.key, Call.direction, func.max(CallEvent.at))
            .join(CallEvent, CallEvent.call_id == Call.id)
            .where(Call.state != "ended", Call.merged_into_id.is_(None))
            .where(Call.key.startswith(self._prefix, autoescape=True))
            .group_by(Call.id, Call.key, Call.direction)
        )
        return [OpenCall(key, Direction(direction), at) for key, direction, at in rows]
