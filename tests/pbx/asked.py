"""A routing server as the dialplan finds it."""

import contextlib
from collections.abc import AsyncIterator

from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.ports import Router
from pbx_bridge.routing.place import listening
from pbx_bridge.routing.server import RoutingServer


@contextlib.asynccontextmanager
async def asked_at(router: Router, paths: PbxPaths) -> AsyncIterator[int]:
    """The port."""
    server = RoutingServer(router, paths, "main")
    with listening(paths.routing_port) as place:
        await server.start(place)
        try:
            yield place.getsockname()[1]
        finally:
            await server.stop()
