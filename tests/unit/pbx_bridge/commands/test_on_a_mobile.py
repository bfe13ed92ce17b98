"""Calls taken, and listened to, on the mobile: not before its key."""

from dataclasses import replace

import pytest

from pbx_bridge.commands import Commands
from pbx_bridge.supervisions import Supervision
from tests.unit.pbx_bridge.commands.exchange import Device, Exchange, Mobile, Refused


async def test_a_mobile_takes_what_rings_and_listens_after_its_key(
    commands: Commands, exchange: Exchange
) -> None:
    mobile = Device("mobile", mobile=Mobile())
    await commands.pick_up("main-1.0", "101", mobile)
    await commands.supervise("main-1.0", "101", "109", "listen", mobile)
    taken, listened = exchange.sent
    for sent, rings, then in (
        (taken, "101-mobile-line1", "pickup"),
        (listened, "109-mobile-line1", "supervise"),
    ):
        values = dict(sent)
        assert values["Channel"] == f"PJSIP/+420603111222@{rings}"
        assert values["Context"] == "mobile"
        assert values["CallerID"] == '"+420222333444" <+420222333444>'
        variables = [value for name, value in sent if name == "Variable"]
        assert f"HOVORNA_THEN={then}" in variables
        assert not any("answer-after" in value for value in variables)


async def test_a_mailbox_that_answered_for_a_supervisor_does_not_come_into_the_talk(
    commands: Commands, exchange: Exchange
) -> None:
    name = "PJSIP/109-mobile-line1-00000007"
    asked = Supervision("spy-a-101-1.0", name, "109", "101", "1.0", "main-1.0")
    exchange.listening = [asked]
    for mode in ("barge", "whisper"):
        with pytest.raises(Refused, match="nobody has pressed 1 on the mobile of 109 yet"):
            await commands.supervise("main-1.0", "101", "109", mode)
    assert exchange.sent == []
    exchange.listening = [replace(asked, up=True)]
    await commands.supervise("main-1.0", "101", "109", "whisper")
    assert "PlayDTMF" in {dict(sent)["Action"] for sent in exchange.sent}
