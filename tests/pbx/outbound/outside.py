"""The company whose employees may not all call out alike, and its client outside."""

from dataclasses import replace

from pbx_bridge.directory import PbxDirectory, RecordMode
from pbx_bridge.sip.process import Phone, PhoneCall
from tests.pbx.scenarios.stage import company

OUTSIDE = "608765432"


def restricted() -> PbxDirectory:
    """101 may use both lines, 102 the second only and is not recorded, 103 none."""
    plain = company()
    rights = {
        "102": {"lines": ("line2",), "default_line": "line2", "record": RecordMode.OFF},
        "103": {"lines": (), "default_line": None},
    }
    extensions = tuple(replace(it, **rights.get(it.number, {})) for it in plain.extensions)  # type: ignore[arg-type]
    return replace(plain, extensions=extensions)


async def talking(desk: Phone, outside: Phone, to: str) -> tuple[PhoneCall, PhoneCall]:
    call = await desk.dial(to)
    client = await outside.incoming()
    await client.answer()
    await call.confirmed()
    return call, client
