"""The JSON API under /api/v1: one table of operations, from which all the rest is made."""

from aiohttp import web

from web.api import calls, clients, people, recordings
from web.api.operation import Operation, register

OPERATIONS: tuple[Operation, ...] = (
    *calls.table.operations,
    *recordings.table.operations,
    *clients.table.operations,
    *people.table.operations,
)


def add_api(app: web.Application) -> None:
    """Register every operation of the table."""
    register(app, OPERATIONS)
