"""The pages' routes."""

from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Register the pages."""
