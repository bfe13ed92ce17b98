"""Changes of the people become known: those of another process (`hovorna user add` beside a
running Hovorna) to us, and all to the PBX, which has the lines and limits of each in its dialplan.
"""

import asyncio

import structlog
from sqlalchemy import func, select

from crm.app import Crm
from crm.errors import DatabaseUnavailable
from crm.people.models import AuditEntry

EVERY_SECONDS = 2.0

log = structlog.get_logger(__name__)


async def follow_changes(crm: Crm) -> None:
    """Read the directory anew whenever the audit has grown. Runs until cancelled."""
    seen = None
    await crm.lines.settle()
    while True:
        try:
            newest = await crm.db.read(lambda s: s.scalar(select(func.max(AuditEntry.id))))
            if newest != seen:
                seen = newest
                await crm.db.read(crm.directories.renew)
                await crm.lines.settle()
        except DatabaseUnavailable as error:
            log.warning("directory.not_read", error=str(error))
        await asyncio.sleep(EVERY_SECONDS)
