"""The JSON API under /api/v1."""

from aiohttp import web


def add_api(app: web.Application) -> None:
    """Register every operation of the route table."""
