"""Lines at a provider, where the provider is another bundled PBX."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pbx_bridge.asterisk import dialplan
from pbx_bridge.directory import LineEntry, MobileEntry, PbxDirectory, mobile_endpoint
from pbx_bridge.sip.process import Phone, PhonePool
from tests.pbx.harness import RunningPbx, running_pbx
from tests.pbx.scenarios.stage import MAIN_NUMBER, PROMPT, Stage, company

pytestmark = pytest.mark.pbx

OURS = "+420555111222"
PROVIDERS_OWN = "127.0.0.2"
LATE = 30.0  # seconds, for what goes through two exchanges on a busy machine


def _customer(provider: RunningPbx, **fields: str) -> PbxDirectory:
    """A company whose only line is an account at `provider`."""
    line = LineEntry(
        name="main-line",
        number=OURS,
        user=fields.get("user", ""),
        password=fields.get("password", ""),
        mode=fields["mode"],
        host=f"{provider.host}:{provider.sip_port}",
        ring=("101",),
    )
    extensions = tuple(
        replace(
            it,
            lines=(line.name,),
            default_line=line.name,
            mobile=MobileEntry(MAIN_NUMBER, PROMPT) if it.mobile else None,
        )
        for it in company().extensions
    )
    return PbxDirectory(extensions=extensions, lines=(line,))


async def _call_both_ways(client: Phone, eva: Phone, here: Stage, recorded_in: Path) -> None:
    """Their 101 calls us and we call their number: each time with the right identities."""
    call = await client.dial(OURS)
    desk = await eva.incoming(number=MAIN_NUMBER)
    await desk.answer()
    await here.talk(call, desk, seconds=0.5)
    await call.hang_up()
    await desk.disconnected()
    assert len(list(recorded_in.iterdir())) == 2

    call = await eva.dial(MAIN_NUMBER)
    desk = await client.incoming(number=OURS)
    await desk.answer()
    await here.talk(call, desk, seconds=0.5)
    await call.hang_up()
    await desk.disconnected()
    assert len(list(recorded_in.iterdir())) == 4


@contextlib.asynccontextmanager
async def _registered(folder: Path) -> AsyncIterator[tuple[Stage, Stage, RunningPbx]]:
    """The provider's telephones, ours, and our PBX, which has registered there."""
    async with running_pbx(company(), folder / "provider") as provider:
        account = provider.directory.lines[0]
        customer = _customer(
            provider, mode="register", user=account.user, password=account.password
        )
        async with provider.manager() as manager, running_pbx(customer, folder / "ours") as ours:
            await manager.wait("ContactStatus", AOR=account.user, ContactStatus="Reachable")
            async with Stage(provider, folder) as theirs, Stage(ours, folder) as here:
                yield theirs, here, ours


async def test_the_pbx_registers_at_its_provider(tmp_path: Path) -> None:
    async with _registered(tmp_path) as (theirs, here, ours):
        client, eva = await theirs.phone("101"), await here.phone("101")
        await _call_both_ways(client, eva, here, ours.spool)


async def test_a_mobile_behind_the_provider_is_called_and_called_back(tmp_path: Path) -> None:
    """Their 101 is our 101's mobile, and the client, too. 103 does not take whom it hands on."""
    endpoint = mobile_endpoint("101", "main-line")
    async with _registered(tmp_path) as (theirs, here, ours):
        world, jana = await theirs.phone("101"), await here.phone("103")
        await ours.originate(
            f"PJSIP/{MAIN_NUMBER}@{endpoint}",
            "mobile-1",
            context=dialplan.MOBILE_CONTEXT,
            variables=(
                f"{dialplan.TO_VARIABLE}={MAIN_NUMBER}",
                f"{dialplan.LINE_VARIABLE}=main-line",
            ),
            callerid=f'"{OURS}" <{OURS}>',
        )
        mobile = await world.incoming(LATE, number=OURS)
        await mobile.answer()
        await mobile.digits(dialplan.MOBILE_KEY)
        client = await world.incoming(LATE, number=OURS)
        await client.answer()
        await here.talk(client, mobile, seconds=0.5)
        place = ("Context", dialplan.TRANSFER_CONTEXT), ("Exten", "103#")
        channel = await ours.channel(endpoint)
        await ours.act("Atxfer", ("Channel", channel.name), *place)
        desk = await jana.incoming(LATE)
        await mobile.hang_up()
        await mobile.disconnected()
        await desk.reject(486)
        back = await world.incoming(LATE, number=OURS)
        await back.answer()
        await back.digits(dialplan.MOBILE_KEY)
        await here.talk(client, back, seconds=0.5)
        await client.hang_up()
        await back.disconnected()


async def test_a_wrong_password_is_seen_and_tried_again_later(tmp_path: Path) -> None:
    async with running_pbx(company(), tmp_path / "provider") as provider:
        customer = _customer(provider, mode="register", user="line1", password="wrong")
        async with running_pbx(customer, tmp_path / "ours") as ours:
            shown = await ours.command("pjsip show registrations")
            assert "main-line" in shown
            assert "Registered" not in shown.replace("Unregistered", "")


async def test_the_provider_is_known_by_its_address(tmp_path: Path) -> None:
    """Without passwords, each knowing the other by address; the phones come from elsewhere."""
    async with (
        running_pbx(company(), tmp_path / "provider", host=PROVIDERS_OWN) as provider,
        running_pbx(_customer(provider, mode="address"), tmp_path / "ours") as ours,
        PhonePool(bind="127.0.0.3") as elsewhere,
        Stage(ours, tmp_path) as here,
    ):
        peer = replace(
            provider.directory.lines[0],
            mode="address",
            user="",
            password="",
            host=f"{ours.host}:{ours.sip_port}",
        )
        extensions = tuple(replace(it, lines=("line1",)) for it in provider.directory.extensions)
        await provider.apply(PbxDirectory(extensions, (peer,)))
        password = extensions[0].password
        client = await elsewhere.register("101", password, provider.host, provider.sip_port)
        eva = await here.phone("101")
        await _call_both_ways(client, eva, here, ours.spool)
