"""What people call the company's lines."""

from aiohttp import web

from web.context import CONTEXT, actor_of


async def line_labels(request: web.Request) -> dict[str, str]:
    """A line's name -> its label."""
    lines = await request.app[CONTEXT].crm.lines.list_lines(actor_of(request))
    return {line.name: line.label for line in lines}
