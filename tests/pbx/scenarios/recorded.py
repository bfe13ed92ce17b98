"""Calls whose recording the CRM pauses, ends and begins again."""

from pbx_bridge.asterisk import dialplan
from tests.pbx.scenarios.expect import ExpectedCall
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import Stage
from tests.pbx.scenarios.talk import client_with_101


@scenario
async def recording_paused(stage: Stage) -> list[ExpectedCall]:
    """The CRM pauses the recording twice, and goes on with it once."""
    talk, client, desk = await client_with_101(stage)
    for event in (dialplan.PAUSED_EVENT, dialplan.UNPAUSED_EVENT, dialplan.PAUSED_EVENT):
        await _steer(stage, event)
        await stage.talk(client, desk, seconds=1)
    return await talk.client_hangs_up(desk, pauses=2)


@scenario
async def recording_begun_again(stage: Stage) -> list[ExpectedCall]:
    """The CRM ends the recording while it is paused, begins it again, and ends it once more."""
    talk, client, desk = await client_with_101(stage)
    for event in (
        dialplan.PAUSED_EVENT,
        dialplan.STOPPED_EVENT,
        dialplan.AGAIN_EVENT,
        dialplan.STOPPED_EVENT,
    ):
        await _steer(stage, event)
        await stage.talk(client, desk, seconds=1)
    return await talk.client_hangs_up(desk, pauses=1, stops=2)


async def _steer(stage: Stage, event: str) -> None:
    recorded = await stage.pbx.channel("line1")
    heard = event in (dialplan.UNPAUSED_EVENT, dialplan.AGAIN_EVENT)
    state = ("State", "0" if heard else "1")
    await stage.pbx.act("MixMonitorMute", ("Channel", recorded.name), ("Direction", "both"), state)
    await stage.pbx.act(
        "Originate",
        ("Channel", f"Local/s@{dialplan.TELL_CONTEXT}/n"),
        ("Application", "Wait"),
        ("Data", "1"),
        ("Async", "true"),
        ("Variable", f"{dialplan.TELL_VARIABLE}={event}"),
        ("Variable", f"{dialplan.ABOUT_VARIABLE}={recorded.uniqueid}"),
    )
