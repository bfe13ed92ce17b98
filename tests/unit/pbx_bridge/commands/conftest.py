"""The telephone's commands, and what they sent to the manager."""

import pytest

from pbx_bridge.commands import Commands
from tests.unit.pbx_bridge.commands.exchange import Exchange, Refused


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def commands(exchange: Exchange) -> Commands:
    async def reload() -> None:
        exchange.sent.append([("Action", "reload")])

    return Commands(exchange, refused=Refused, reload=reload)
