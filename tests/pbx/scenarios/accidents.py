"""What must not lose a call."""

from tests.pbx.scenarios.expect import ExpectedCall, inbound, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import CLIENT, OTHER_CLIENT, Stage


@scenario
async def pbx_killed_and_restarted(stage: Stage) -> list[ExpectedCall]:
    """The PBX dies while 101 talks to a client; when it is back, another client is answered."""
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk)
    await stage.pbx.kill()
    await stage.pbx.start()
    for call in (client, desk):
        await call.tell("hangup")
        await call.disconnected(40)
    second = await stage.call_in(OTHER_CLIENT)
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(second, desk)
    await second.hang_up()
    await desk.disconnected()
    parties = [party(CLIENT, "called"), party("101", "answered")]
    return [
        inbound(
            client,
            "answered",
            rang=["101"],
            answered_by="101",
            assumed=True,
            parties=parties,
        ),
        inbound(
            second,
            "answered",
            number=OTHER_CLIENT,
            rang=["101"],
            answered_by="101",
            ended_by="client",
            parties=[party(OTHER_CLIENT, "called"), party("101", "answered")],
        ),
    ]
