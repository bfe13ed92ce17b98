"""The JSON API under /api/v1: one table of operations, from which all the rest is made."""

from aiohttp import web

from web.api import calls, clients, line_sounds, people, recordings, service, steering
from web.api.operation import Operation, register

OPERATIONS: tuple[Operation, ...] = (
    *calls.table.operations,
    *steering.table.operations,
    *recordings.table.operations,
    *clients.table.operations,
    *people.table.operations,
    *line_sounds.table.operations,
    *service.table.operations,
)
_DESCRIPTION = service.Description(OPERATIONS)


def add_api(app: web.Application) -> None:
    """Register every operation of the table."""
    app[service.DESCRIPTION] = _DESCRIPTION
    register(app, OPERATIONS)
