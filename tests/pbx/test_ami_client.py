"""The manager client at a real Asterisk; pyst2 is the second witness."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pbx_bridge.ami.client import AmiClient
from pbx_bridge.ami.errors import ActionRefused, AuthenticationFailed, NotConnected
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.ami.session import Session, open_session
from pbx_bridge.calls.from_ami import EVENTS
from pbx_bridge.doctor.conversation import Conversation
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import Stage

pytestmark = pytest.mark.pbx


def options(pbx: RunningPbx, secret: str | None = None) -> AmiOptions:
    access = pbx.ami
    return AmiOptions(
        host=access.host,
        port=access.port,
        user=access.user,
        secret=secret or access.secret,
        wanted=EVENTS,
    )


async def test_login_questions_and_lists(pbx: RunningPbx) -> None:
    session = await open_session(options(pbx))
    try:
        assert await session.wait_booted()
        settings = await session.action("CoreSettings")
        assert int(settings.get("AsteriskVersion").partition(".")[0]) >= 18
        assert await session.action_list("CoreShowChannels") == []
        with pytest.raises(ActionRefused, match="No such channel"):
            await session.action("Hangup", ("Channel", "PJSIP/nobody-00000000"))
    finally:
        await session.close()


async def test_a_wrong_secret_is_refused_by_name(pbx: RunningPbx) -> None:
    with pytest.raises(AuthenticationFailed, match="hovorna"):
        await open_session(options(pbx, secret="wrong"))


async def test_the_user_can_run_nothing(pbx: RunningPbx) -> None:
    """Neither commands nor configuration, whoever has the secret."""
    session = await open_session(options(pbx))
    try:
        for action in ("Command", "UpdateConfig", "CreateConfig"):
            with pytest.raises(ActionRefused):
                await session.action(action, ("Command", "core show version"))
    finally:
        await session.close()


async def test_events_of_a_call_and_what_a_second_witness_counts(
    pbx: RunningPbx, stage: Stage
) -> None:
    session = await open_session(options(pbx))
    try:
        await session.action("Events", ("EventMask", "system,call,user,dialplan"))
        eva = await stage.phone("101")
        client = await stage.call_in()
        desk = await eva.incoming()
        await desk.answer()
        await stage.talk(client, desk)
        channels = await session.action_list("CoreShowChannels")
        assert len(channels) == await asyncio.to_thread(_channels_by_pyst2, options(pbx))
        assert len({item.get("Linkedid") for item in channels}) == 1
        await client.hang_up()
        heard = await _until_hung_up(session, 2)
        for name in ("Newchannel", "DialBegin", "Newstate", "BridgeEnter", "MixMonitorStart"):
            assert name in heard
        assert "VarSet" not in heard
        assert session.parser.malformed == 0
    finally:
        await session.close()


def _channels_by_pyst2(where: AmiOptions) -> int:
    """What Asterisk calls calls are channels."""
    with Conversation(where) as manager:
        return int(manager.ask("CoreStatus")["CoreCurrentCalls"])


async def _until_hung_up(session: Session, channels: int) -> set[str]:
    heard: list[str] = []
    async with asyncio.timeout(10):
        while heard.count("Hangup") < channels:
            heard += [message.name for message in (await session.take()).messages]
    return set(heard)


async def test_the_connection_comes_back_with_the_pbx(pbx: RunningPbx, tmp_path: Path) -> None:
    sessions: asyncio.Queue[Session] = asyncio.Queue()

    async def serve(session: Session) -> None:
        sessions.put_nowait(session)
        while True:
            await session.take()

    client = AmiClient(options(pbx), serve, jitter=lambda: 0.0)
    with capture_logs() as logs:
        running = asyncio.create_task(client.run())
        async with asyncio.timeout(40):
            first = await sessions.get()
            await pbx.kill()
            await first.lost
            with pytest.raises(NotConnected):
                await client.session.action("Ping")
            await pbx.start()
            await sessions.get()
            assert (await client.session.action("Ping")).succeeded
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    told = [entry["event"] for entry in logs if "PBX" in entry["event"]]
    assert told[0] == told[-1] == "connected to the PBX"
    assert len(told) <= 4  # lost, then that nobody listens; not one line for every attempt
