"""One CEL row in, its facts out: JSON lines, CSV and SQL rows."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pbx_bridge.calls import facts as f
from pbx_bridge.calls import from_cel
from pbx_bridge.calls.events import Loss

ROW: dict[str, Any] = {
    "eventtime": "1795439910.133705",
    "linkedid": "1795439910.0",
    "uniqueid": "1795439910.0",
    "channame": "PJSIP/line1-00000000",
    "name": "",
    "num": "777123456",
    "dnid": "",
    "exten": "+420222333444",
    "context": "in-line1",
    "appname": "",
    "appdata": "",
    "bridgepeer": "",
    "eventextra": "",
}
SAME: dict[str, Any] = {
    "at": 1_795_439_910_133_705,
    "channel": "1795439910.0",
    "name": "PJSIP/line1-00000000",
    "linkedid": "1795439910.0",
    "live": False,
}


def _one(eventtype: str, **fields: Any) -> f.Fact:
    (fact,) = from_cel.facts({"eventtype": eventtype, **ROW, **fields})
    return fact


def _extra(**fields: Any) -> str:
    return json.dumps(fields)


def test_channel_created() -> None:
    assert _one("CHAN_START") == f.ChannelCreated(
        **SAME, number="777123456", caller_name=None, exten="+420222333444"
    )


@pytest.mark.parametrize(
    ("eventtype", "fields", "expected"),
    [
        ("ANSWER", {}, f.Answered(**SAME)),
        ("HovornaWithheld", {}, f.CallerWithheld(**SAME)),
        ("APP_START", {"appname": "MixMonitor"}, f.MonitorStarted(**SAME)),
        ("APP_START", {"appname": "VoiceMail"}, f.VoicemailEntered(**SAME)),
        (
            "APP_START",
            {"appname": "Dial", "appdata": "PJSIP/101&PJSIP/102/sip:102@h,25,ti"},
            f.DialAnnounced(**SAME, targets=("PJSIP/101", "PJSIP/102/sip:102@h")),
        ),
        (
            "BRIDGE_ENTER",
            {"eventextra": _extra(bridge_id="b", bridge_technology="simple_bridge")},
            f.BridgeEntered(**SAME, bridge="b"),
        ),
        (
            "BRIDGE_ENTER",
            {"eventextra": _extra(bridge_id="b", bridge_technology="softmix")},
            f.BridgeEntered(**SAME, bridge="b", conference=True),
        ),
        ("BRIDGE_EXIT", {"eventextra": _extra(bridge_id="b")}, f.BridgeLeft(**SAME, bridge="b")),
        (
            "HANGUP",
            {"eventextra": _extra(hangupcause=17, hangupsource="dialplan/builtin", dialstatus="")},
            f.HungUp(**SAME, cause=17, source="dialplan/builtin"),
        ),
        (
            "BLINDTRANSFER",
            {"eventextra": _extra(extension="103", transferee_channel_uniqueid="1795439910.2")},
            f.BlindTransferred(**SAME, exten="103", transferee="1795439910.2"),
        ),
        (
            "BLINDTRANSFER",
            {
                "eventextra": _extra(
                    extension="101",
                    context="waiting-network",
                    transferee_channel_uniqueid="1795439910.2",
                )
            },
            f.BlindTransferred(**SAME, exten="101", transferee="1795439910.2", loss=Loss.NETWORK),
        ),
        (
            "ATTENDEDTRANSFER",
            {
                "eventextra": _extra(
                    channel2_uniqueid="1795439910.3",
                    transferee_channel_uniqueid="1795439910.2",
                    transfer_target_channel_uniqueid="N/A",
                )
            },
            f.AttendedTransferred(
                **SAME, second="1795439910.3", transferee="1795439910.2", target=None
            ),
        ),
        (
            "HovornaRefused",
            {"eventextra": _extra(extra="hour 101 line1 +420777123456")},
            f.OutboundRefused(
                **SAME, reason="hour", extension="101", line="line1", number="+420777123456"
            ),
        ),
        (
            "PICKUP",
            {"eventextra": _extra(pickup_channel_uniqueid="1795439910.4")},
            f.PickedUp(**SAME, picker="1795439910.4"),
        ),
    ],
)
def test_rows(eventtype: str, fields: dict[str, Any], expected: f.Fact) -> None:
    assert _one(eventtype, **fields) == expected


def test_row_of_a_database_or_csv_file() -> None:
    row = {
        "eventtype": "CHAN_START",
        "eventtime": datetime(2026, 11, 23, 13, 18, 30, 133705, tzinfo=UTC),
        "cid_name": "Jan Novák",
        "cid_num": "777123456",
        "exten": "222",
        "channame": "PJSIP/line1-00000000",
        "appname": "",
        "uniqueid": "1795439910.0",
        "linkedid": "1795439910.0",
        "extra": None,
    }
    assert from_cel.facts(row) == (
        f.ChannelCreated(**SAME, number="777123456", caller_name="Jan Novák", exten="222"),
    )


@pytest.mark.parametrize(
    "time",
    [
        "1795439910.133705",
        1795439910.133705,
        "2026-11-23 13:18:30.133705",
        "2026-11-23T14:18:30.133705+01:00",
        datetime(2026, 11, 23, 13, 18, 30, 133705),  # noqa: DTZ001 - as a database driver gives it
    ],
)
def test_times(time: Any) -> None:
    at = from_cel.at({**ROW, "eventtime": time})
    assert at is not None
    assert abs(at - SAME["at"]) <= 1


@pytest.mark.parametrize(
    "row",
    [
        {},
        {**ROW, "eventtype": "LINKEDID_END"},
        {**ROW, "eventtype": "ANSWER", "uniqueid": ""},
        {**ROW, "eventtype": "ANSWER", "eventtime": "soon"},
        {**ROW, "eventtype": "ANSWER", "eventtime": None},
        {**ROW, "eventtype": "ANSWER", "eventtime": "1e400"},
        {**ROW, "eventtype": "BRIDGE_ENTER"},
        {**ROW, "eventtype": "BRIDGE_ENTER", "eventextra": "{broken"},
        {**ROW, "eventtype": "BRIDGE_ENTER", "eventextra": "[1]"},
        {**ROW, "eventtype": "HANGUP", "eventextra": _extra(hangupcause="many")},
        {**ROW, "eventtype": "HovornaRefused", "eventextra": _extra(extra="hour 101")},
        {**ROW, "eventtype": "APP_START", "appname": "Queue"},
        {**ROW, "eventtype": ["CHAN_START"]},
    ],
)
def test_what_tells_nothing(row: dict[str, Any]) -> None:
    assert from_cel.facts(row) == ()


def test_time_of_a_row_without_one() -> None:
    assert from_cel.at({}) is None
