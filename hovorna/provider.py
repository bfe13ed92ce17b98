"""The test button of a line: does its provider accept our account, now."""

import asyncio

from crm.app import Crm
from crm.telephony.ports import TelephonyError
from hovorna.cli import CommandError
from hovorna.sip_arguments import local_address, server_of
from pbx_bridge.sip.linecheck import LineAccount, check_line
from pbx_bridge.sip.process import PhoneError, PhoneProcess
from pbx_bridge.sip.verdict import Exit, judge

REGISTER_SECONDS = 10.0


class ProviderTest:
    """Implements `web.context.LineTest`."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    async def test(self, line: str) -> str:
        directory = await self._crm.lines.pbx_directory()
        entry = next((entry for entry in directory.lines if entry.name == line), None)
        if entry is None:
            raise TelephonyError("There is no such line")
        if entry.mode != "register":
            raise TelephonyError("This line's provider calls us: there is nothing to register")
        try:
            host, port = server_of(entry.host)
            bind = await asyncio.to_thread(local_address, host, port)
            account = LineAccount(host, port, entry.user, entry.password)
            async with PhoneProcess(bind=bind) as process:
                findings = await check_line(
                    account, None, process=process, register_seconds=REGISTER_SECONDS
                )
        except (CommandError, PhoneError) as error:
            raise TelephonyError(str(error)) from error
        verdict = judge(findings, entry.host, None)
        said = " ".join(verdict.remarks)
        if verdict.exit is not Exit.WELL:
            raise TelephonyError(said)
        return f"Registered in {findings.register_ms or 0:.0f} ms. {said}".strip()
