"""The bundled PBX's life: started, adopted, reloaded, crashed, stopped."""

import asyncio
import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import Settings
from pbx_bridge.asterisk.errors import DirectoryError, PbxError
from pbx_bridge.asterisk.process import runs_on
from pbx_bridge.asterisk.runner import BundledPbx
from pbx_bridge.directory import ExtensionEntry, PbxDirectory
from pbx_bridge.sip.process import PhonePool
from tests.pbx.harness import RunningPbx, free_port, installation, running_pbx
from tests.pbx.manager import Manager, ManagerError
from tests.pbx.owner import ROUTING_PORT, fixed_company, owned_settings
from tests.pbx.scenarios.stage import Stage, company

pytestmark = pytest.mark.pbx


async def test_a_call_survives_the_death_of_who_started_the_pbx(tmp_path: Path) -> None:
    """kill -9; the PBX and the call go on; the next owner adopts both and can still reload."""
    sip = free_port(socket.SOCK_STREAM, socket.SOCK_DGRAM)
    ports = sip, free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
    settings = owned_settings(tmp_path / "data", *ports)
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.pbx.owner", str(settings.data), *map(str, ports)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert owner.stdout is not None
    while not (line := await owner.stdout.readline()).startswith(b"ready"):
        assert line, "the owner ended"
    heir = RunningPbx(settings, BundledPbx(settings, installation()), fixed_company())
    try:
        async with Stage(heir, tmp_path) as stage:
            eva = await stage.phone("101")
            client = await stage.call_in()
            desk = await eva.incoming()
            await desk.answer()
            owner.kill()
            await owner.wait()
            await stage.talk(client, desk, seconds=0.5)
            assert await heir.pbx.start(heir.directory, ROUTING_PORT)
            assert str(heir.pid) == line.split()[1].decode()
            without = replace(heir.directory, extensions=heir.directory.extensions[:-1])
            assert await heir.apply(without) == ("pjsip.conf", "extensions.conf")
            await stage.talk(client, desk, seconds=0.5)
            await client.hang_up()
            await desk.disconnected()
    finally:
        await heir.stop()


async def test_a_change_is_loaded_under_a_call(pbx: RunningPbx, stage: Stage) -> None:
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    new = ExtensionEntry("111", 'New "one"; <b>', "s;ecret\\", default_line="line1")
    more = replace(pbx.directory, extensions=(*pbx.directory.extensions, new))
    assert await pbx.apply(more) == ("pjsip.conf", "extensions.conf")
    await stage.talk(client, desk, seconds=0.5)
    async with PhonePool() as pool:
        phone = await pool.register("111", "s;ecret\\", pbx.host, pbx.sip_port)
        call = await phone.dial("101")
        other = await eva.incoming(number="111")
        assert other.invitation is not None
        assert other.invitation["name"] == "New 'one', ‹b›"
        await call.hang_up()
    await client.hang_up()
    assert await pbx.apply(more) == ()


async def test_a_directory_that_cannot_be_taken_changes_nothing(
    pbx: RunningPbx, stage: Stage
) -> None:
    good = pbx.directory
    broken = replace(good, extensions=(*good.extensions, ExtensionEntry("800", "x", "x")))
    with pytest.raises(DirectoryError, match="800"):
        await pbx.apply(broken)
    assert await pbx.apply(good) == ()
    await stage.phone("101")


async def test_the_routing_port_may_change_while_the_pbx_runs(pbx: RunningPbx) -> None:
    await pbx.pbx.leave()
    pbx.routing_port = free_port(socket.SOCK_STREAM)
    await pbx.start()
    globals_ = await pbx.command("dialplan show globals")
    assert f"HOVORNA_ROUTING_URL=http://127.0.0.1:{pbx.routing_port}/route" in globals_


async def test_a_crashed_pbx_comes_back_with_its_phones(pbx: RunningPbx, stage: Stage) -> None:
    """Registered contacts outlive it: a phone rings without having registered again."""
    eva = await stage.phone("101")
    await stage.wait(1.5)  # Asterisk writes contacts down every second
    before = pbx.pid
    os.kill(before, signal.SIGKILL)
    async with asyncio.timeout(15):
        while pbx.pbx.restarts == 0:
            await asyncio.sleep(0.05)
    assert pbx.pid != before
    petr = await stage.phone("102")
    call = await petr.dial("101")
    await (await eva.incoming()).answer()
    await call.confirmed()


async def test_the_end_of_the_pbx_is_told_to_those_who_speak(pbx: RunningPbx, stage: Stage) -> None:
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    pid = pbx.pid
    await pbx.stop()
    await client.disconnected()
    await desk.disconnected()
    assert not runs_on(pid, pbx.pbx.paths.config)
    assert '"eventtype":"HANGUP"' in pbx.cel.read_text(encoding="utf-8")


async def test_what_a_crash_left_does_not_hinder_the_next_start(tmp_path: Path) -> None:
    async with running_pbx(company(), tmp_path) as pbx:
        await pbx.kill()
        paths = pbx.pbx.paths
        assert paths.pid.exists()
        assert paths.socket.exists()
        paths.pid.write_text(f"{os.getpid()}\n")  # the number is somebody else's by now
        await pbx.start()
        assert pbx.pid != os.getpid()


async def test_fixed_settings_that_changed_start_it_anew_when_nobody_speaks(
    tmp_path: Path,
) -> None:
    async with running_pbx(company(), tmp_path) as pbx:
        before = pbx.pid
        await pbx.pbx.leave()
        port = free_port(socket.SOCK_STREAM, socket.SOCK_DGRAM)
        moved = Settings(**(pbx.settings.model_dump() | {"sip_port": port}))
        heir = BundledPbx(moved, installation())
        assert not await heir.start(pbx.directory, pbx.routing_port)
        assert heir.pid != before
        assert not runs_on(before, heir.paths.config)
        await heir.stop()


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ("sip_port", socket.SOCK_DGRAM),
        ("ami_port", socket.SOCK_STREAM),
        ("pbx_http_port", socket.SOCK_STREAM),
    ],
)
async def test_a_port_in_use_is_told(tmp_path: Path, setting: str, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        ports = {
            "sip_port": free_port(socket.SOCK_STREAM, socket.SOCK_DGRAM),
            "ami_port": free_port(socket.SOCK_STREAM),
            "pbx_http_port": free_port(socket.SOCK_STREAM),
            setting: other.getsockname()[1],
        }
        pbx = BundledPbx(Settings(data=tmp_path, **ports), installation())
        with pytest.raises(PbxError, match=f"HOVORNA_{setting.upper()}"):
            await pbx.start(PbxDirectory(), ROUTING_PORT)
    assert pbx.pid is None


async def test_a_pbx_that_cannot_start_says_why(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path,
        sip_port=free_port(socket.SOCK_STREAM, socket.SOCK_DGRAM),
        ami_port=free_port(socket.SOCK_STREAM),
        pbx_http_port=free_port(socket.SOCK_STREAM),
    )
    broken = replace(installation(), module_dir=tmp_path / "nothing")
    with pytest.raises(PbxError, match="ended while starting"):
        await BundledPbx(settings, broken).start(PbxDirectory(), ROUTING_PORT)


async def test_a_long_path_does_not_matter_and_one_too_long_is_told(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * (150 - len(str(tmp_path))))
    async with running_pbx(company(), deep) as pbx:
        assert "Asterisk" in await pbx.command("core show version")
    with pytest.raises(PbxError, match="too long"):
        async with running_pbx(company(), tmp_path / ("d" * 200)):
            pass


async def test_the_manager_users_cannot_harm_the_pbx(pbx: RunningPbx) -> None:
    watcher = await pbx.pbx.watcher_ami()
    async with pbx.manager() as manager, Manager.connected(watcher) as watching:
        change = ("UpdateConfig", [("SrcFilename", "manager.conf"), ("DstFilename", "x.conf")])
        command = ("Command", [("Command", "core show version")])
        load = ("ModuleLoad", [("Module", "app_system.so"), ("LoadType", "load")])
        read = ("GetConfig", [("Filename", "manager.conf")])
        for session, refused in [
            (manager, [change, command, load, read]),
            (watching, [change, command]),
        ]:
            for action, headers in refused:
                with pytest.raises(ManagerError, match="ermission"):
                    await session.act(action, *headers)
        harm = [
            ("Channel", "Local/101@inside"),
            ("Application", "System"),
            ("Data", f"touch {pbx.spool / 'harm'}"),
        ]
        for session in (manager, watching):
            with pytest.raises(ManagerError):
                await session.act("Originate", *harm)
        with pytest.raises(ManagerError):
            await manager.act("Getvar", ("Variable", "SHELL(id)"))
    assert not (pbx.spool / "harm").exists()


async def test_noise_is_kept_from_the_manager(pbx: RunningPbx, stage: Stage) -> None:
    async with pbx.manager() as manager:
        await stage.phones("101", "102")
        client = await stage.call_in()
        await client.ringing()
        await client.hang_up()
        await manager.wait("Hangup")
    heard = {event["Event"] for event in manager.events}
    assert not heard & {"VarSet", "Newexten", "TestEvent", "DeviceStateChange", "RTCPSent"}
    assert {"Newchannel", "DialBegin", "DialEnd", "ContactStatus"} <= heard
    assert all("Timestamp" in event for event in manager.events if "Uniqueid" in event)
