"""The blocking conversation, against a manager on a real socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from pbx_bridge.ami.errors import (
    ActionRefused,
    AuthenticationFailed,
    InvalidAction,
    NotAsterisk,
    NotConnected,
)
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.doctor.conversation import Conversation
from tests.unit.pbx_bridge.ami.fake_manager import SECRET, FakeManager, error

T = TypeVar("T")


@pytest.fixture
async def manager() -> AsyncIterator[FakeManager]:
    async with FakeManager() as manager:
        yield manager


async def talk(options: AmiOptions, about: Callable[[Conversation], T]) -> T:
    def blocking() -> T:
        with Conversation(options) as conversation:
            return about(conversation)

    return await asyncio.to_thread(blocking)


async def test_it_logs_in_without_saying_the_secret_asks_and_says_goodbye(
    manager: FakeManager,
) -> None:
    answer = await talk(manager.options(), lambda it: it.ask("CoreSettings"))
    assert answer["AsteriskVersion"] == "22.10.1"
    await manager.received("Logoff")
    assert not any(SECRET in value for action in manager.actions for _, value in action)


async def test_it_hears_that_the_pbx_is_booted(manager: FakeManager) -> None:
    assert await talk(manager.options(), lambda it: it.hears("FullyBooted", 5.0))
    manager.booted = False
    assert not await talk(manager.options(), lambda it: it.hears("FullyBooted", 0.01))


async def test_a_refusal_is_the_pbx_own_words(manager: FakeManager) -> None:
    manager.answers["ModuleCheck"] = lambda headers: [error("Permission denied")]
    with pytest.raises(ActionRefused, match="ModuleCheck: Permission denied"):
        await talk(manager.options(), lambda it: it.ask("ModuleCheck"))


async def test_a_wrong_secret(manager: FakeManager) -> None:
    with pytest.raises(AuthenticationFailed, match="'hovorna'"):
        await talk(manager.options(secret="wrong"), lambda it: it.ask("Ping"))


async def test_a_control_character_does_not_reach_the_pbx(manager: FakeManager) -> None:
    with pytest.raises(InvalidAction):
        await talk(
            manager.options(), lambda it: it.ask("Getvar", ("Variable", "A\r\nAction: Reload"))
        )
    await manager.received("Logoff")
    assert not any(dict(action)["Action"] in ("Getvar", "Reload") for action in manager.actions)


async def test_silence_ends(manager: FakeManager) -> None:
    manager.answers["CoreSettings"] = lambda headers: []
    options = manager.options(action_timeout=0.2)
    with pytest.raises(NotConnected, match="CoreSettings: no answer"):
        await talk(options, lambda it: it.ask("CoreSettings"))


async def test_a_cut_ends_it(manager: FakeManager) -> None:
    loop = asyncio.get_running_loop()

    def cut(conversation: Conversation) -> None:
        loop.call_soon_threadsafe(manager.cut)
        while True:
            conversation.ask("Ping")

    with pytest.raises(NotConnected):
        await talk(manager.options(action_timeout=0.5), cut)


async def test_nobody_and_somebody_else_on_the_port() -> None:
    async with FakeManager(banner=b"220 smtp.example ESMTP\r\n") as manager:
        with pytest.raises(NotAsterisk, match="220 smtp"):
            await talk(manager.options(), lambda it: None)
    with pytest.raises(NotConnected, match="cannot connect"):
        await talk(manager.options(), lambda it: None)
