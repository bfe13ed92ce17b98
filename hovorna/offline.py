"""The business side without a PBX: for commands that change people and tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.settings import Settings
from crm.app import Crm, open_crm
from crm.errors import DatabaseTooNew, DatabaseUnavailable
from hovorna.cli import CommandError
from hovorna.telephone import Telephone


@asynccontextmanager
async def offline_crm(settings: Settings) -> AsyncIterator[Crm]:
    """Works beside a running Hovorna, which notices the change within seconds.

    Raises CommandError when the database cannot be opened.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        crm = await open_crm(settings, Telephone())
    except (DatabaseTooNew, DatabaseUnavailable) as error:
        raise CommandError(str(error)) from error
    try:
        yield crm
    finally:
        await crm.close()
