"""One connection, against a manager on a real socket."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx_bridge.ami.errors import (
    ActionRefused,
    ActionTimeout,
    AuthenticationFailed,
    InsecureLogin,
    InvalidAction,
    NotAsterisk,
    NotConnected,
)
from pbx_bridge.ami.login import login
from pbx_bridge.ami.options import AmiOptions, Header
from pbx_bridge.ami.protocol import Message
from pbx_bridge.ami.session import Session, open_session
from tests.unit.pbx_bridge.ami.fake_manager import (
    SECRET,
    FakeManager,
    event,
    success,
)


@pytest.fixture
async def manager() -> AsyncIterator[FakeManager]:
    async with FakeManager() as manager:
        yield manager


@pytest.fixture
async def session(manager: FakeManager) -> AsyncIterator[Session]:
    session = await open_session(manager.options(wanted=frozenset({"Hangup", "FullyBooted"})))
    await session.wait_booted()
    await session.take()
    yield session
    await session.close()


async def names(session: Session) -> list[str]:
    return [message.name for message in (await session.take()).messages]


async def test_the_secret_is_proved_not_sent(manager: FakeManager) -> None:
    session = await open_session(manager.options())
    sent = dict(await manager.received("Login"))
    await session.close()
    assert sent["AuthType"] == "MD5"
    assert SECRET not in sent.values()
    assert "Secret" not in sent


async def test_a_manager_without_challenge_gets_the_secret_on_loopback() -> None:
    async with FakeManager(challenge=False) as manager:
        session = await open_session(manager.options())
        assert dict(await manager.received("Login"))["Secret"] == SECRET
        await session.close()


class _NoChallenge:
    """A manager that would take the secret from anybody."""

    async def action(self, name: str, *headers: Header) -> Message:
        if name == "Challenge":
            raise ActionRefused(name, "Must specify AuthType")
        raise AssertionError("the secret was sent")


async def test_the_secret_is_not_sent_readable_over_a_network() -> None:
    options = AmiOptions(host="192.0.2.7", port=5038, user="u", secret="s")
    with pytest.raises(InsecureLogin, match="HOVORNA_AMI_TLS"):
        await login(_NoChallenge(), options)


async def test_a_wrong_secret_says_who_was_refused(manager: FakeManager) -> None:
    with pytest.raises(AuthenticationFailed, match=r"'hovorna'.*Authentication failed"):
        await open_session(manager.options(secret="wrong"))


async def test_the_secret_is_in_no_representation(manager: FakeManager) -> None:
    assert SECRET not in repr(manager.options())


async def test_nobody_listens() -> None:
    async with FakeManager() as manager:
        options = manager.options()
    with pytest.raises(NotConnected, match="cannot connect"):
        await open_session(options)


async def test_something_else_listens() -> None:
    async with FakeManager(banner=b"SSH-2.0-OpenSSH_9.2\r\n") as manager:
        with pytest.raises(NotAsterisk, match="SSH"):
            await open_session(manager.options())


async def test_something_that_does_not_speak_listens() -> None:
    async with FakeManager(banner=b"") as manager:
        with pytest.raises(NotConnected, match="does not greet"):
            await open_session(manager.options(connect_timeout=0.5))


async def test_a_plain_port_is_not_taken_for_tls(manager: FakeManager) -> None:
    with pytest.raises(NotConnected, match="cannot connect"):
        await open_session(manager.options(tls=ssl.create_default_context()))


async def test_tls_is_spoken_and_the_certificate_checked(tmp_path: Path) -> None:
    # fmt: off
    process = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", "/CN=pbx", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", "key.pem", "-out", "cert.pem", cwd=tmp_path, stderr=asyncio.subprocess.DEVNULL,
    )
    # fmt: on
    assert await process.wait() == 0
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with FakeManager(tls=server) as manager:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        session = await open_session(manager.options(tls=trusting))
        assert (await session.action("Ping")).succeeded
        await session.close()
        with pytest.raises(NotConnected, match="certificate"):
            await open_session(manager.options(tls=ssl.create_default_context()))


async def test_answers_find_their_questions_in_any_order(
    manager: FakeManager, session: Session
) -> None:
    held: list[dict[str, str]] = []
    manager.answers["Getvar"] = lambda headers: held.append(headers) or []  # type: ignore[func-returns-value]
    first = asyncio.create_task(session.action("Getvar", ("Variable", "A")))
    second = asyncio.create_task(session.action("Getvar", ("Variable", "B")))
    await manager.received("Getvar", 2)
    for asked in reversed(held):
        reply = f"Response: Success\r\nActionID: {asked['ActionID']}\r\nValue: {asked['Variable']}"
        manager.send(reply.encode() + b"\r\n\r\n")
    assert ((await first).get("Value"), (await second).get("Value")) == ("A", "B")


async def test_a_list_is_its_items_and_events_between_them_go_their_way(
    manager: FakeManager, session: Session
) -> None:
    manager.answers["CoreShowChannels"] = lambda headers: []
    asked = asyncio.create_task(session.action_list("CoreShowChannels"))
    key = dict(await manager.received("CoreShowChannels"))["ActionID"]
    manager.send(f"Response: Success\r\nActionID: {key}\r\nEventList: start\r\n\r\n".encode())
    manager.send(event("CoreShowChannel", ActionID=key, Channel="PJSIP/101-1"))
    manager.send(event("Hangup", Uniqueid="1.1"))
    manager.send(event("CoreShowChannel", ActionID=key, Channel="PJSIP/line1-2"))
    manager.send(event("CoreShowChannelsComplete", ActionID=key, EventList="Complete"))
    assert [item.get("Channel") for item in await asked] == ["PJSIP/101-1", "PJSIP/line1-2"]
    assert await names(session) == ["Hangup"]


async def test_a_refusal_carries_the_pbx_own_words(manager: FakeManager, session: Session) -> None:
    manager.answers["Hangup"] = lambda headers: [
        [("Response", "Error"), ("Message", "No such channel")]
    ]
    with pytest.raises(ActionRefused, match="Hangup: No such channel"):
        await session.action("Hangup", ("Channel", "PJSIP/101-1"))


async def test_silence_is_a_timeout_and_the_late_answer_is_nobody_s(
    manager: FakeManager, session: Session
) -> None:
    manager.answers["Hangup"] = lambda headers: []
    with pytest.raises(ActionTimeout, match=r"0\.05 s"):
        await session.action("Hangup", limit=0.05)
    key = dict(await manager.received("Hangup"))["ActionID"]
    manager.send(f"Response: Success\r\nActionID: {key}\r\n\r\n".encode())
    assert (await session.action("CoreSettings")).get("AsteriskVersion") == "22.10.1"


async def test_nothing_is_sent_of_an_invalid_action(manager: FakeManager, session: Session) -> None:
    with pytest.raises(InvalidAction):
        await session.action("Originate", ("CallerID", "x\r\n\r\nAction: Command"))
    await session.action("Ping")
    assert [headers[0][1] for headers in manager.actions[2:]] == ["Ping"]


async def test_a_cut_fails_what_was_asked_and_ends_the_events(
    manager: FakeManager, session: Session
) -> None:
    manager.answers["Originate"] = lambda headers: []
    asked = asyncio.create_task(session.action("Originate"))
    await manager.received("Originate")
    manager.send(event("Hangup", Uniqueid="1.1") + b"Event: Hangup\r\nUniqueid: 1.")
    manager.cut()
    with pytest.raises(NotConnected, match="Originate"):
        await asked
    assert await names(session) == ["Hangup"]  # the whole one, not the half one
    with pytest.raises(NotConnected):
        await session.take()
    with pytest.raises(NotConnected):
        await session.action("Ping")


async def test_a_line_gone_dead_is_noticed(manager: FakeManager) -> None:
    manager.answers["Ping"] = lambda headers: []
    session = await open_session(manager.options(ping_interval=0.02))
    assert "does not answer any more" in str(await session.lost)


async def test_a_silent_but_living_line_is_kept(manager: FakeManager) -> None:
    session = await open_session(manager.options(ping_interval=0.02))
    await manager.received("Ping", 3)
    assert not session.lost.done()
    await session.close()


async def test_without_the_system_right_nobody_waits_for_ever() -> None:
    async with FakeManager(booted=False) as manager:
        session = await open_session(manager.options(boot_timeout=0.02))
        assert await session.wait_booted() is False
        await session.close()


async def test_a_pbx_that_dies_while_booting_is_lost() -> None:
    async with FakeManager(booted=False) as manager:
        session = await open_session(manager.options())
        manager.cut()
        with pytest.raises(NotConnected):
            await session.wait_booted()


async def test_a_slow_consumer_stops_the_reading_and_loses_nothing(manager: FakeManager) -> None:
    session = await open_session(manager.options(soft_limit=50, hard_limit=100))
    await session.wait_booted()
    total = 20_000
    for number in range(total):
        manager.send(event("Hangup", Uniqueid=str(number), Padding="x" * 200))
    seen: list[str] = []
    while len(seen) < total:
        batch = await session.take()
        seen += [m.get("Uniqueid") for m in batch.messages if m.name == "Hangup"]
    await session.close()
    assert seen == [str(number) for number in range(total)]
    assert session.events.dropped == 0


async def test_an_answer_comes_though_a_response_has_an_unknown_id(
    manager: FakeManager, session: Session
) -> None:
    manager.send(b"Response: Success\r\nActionID: of-somebody-else\r\n\r\n")
    manager.answers["Foo"] = lambda headers: [success(Value="1")]
    assert (await session.action("Foo")).get("Value") == "1"
