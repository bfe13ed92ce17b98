"""The test button of a line: does its provider accept our account, now."""

import asyncio

from crm.app import Crm
from crm.telephony.ports import TelephonyError
from hovorna.cli import CommandError
from hovorna.exchange import Exchange
from hovorna.sip_arguments import local_address, server_of
from pbx_bridge.ami.errors import AmiError
from pbx_bridge.directory import LineEntry
from pbx_bridge.sip.linecheck import LineAccount, check_line
from pbx_bridge.sip.process import PhoneError, PhoneProcess
from pbx_bridge.sip.verdict import Exit, judge
from pbx_bridge.watching.lines import Health

REGISTER_SECONDS = 10.0


class ProviderTest:
    """Implements `web.ports.LineTest`."""

    def __init__(self, crm: Crm, exchange: Exchange) -> None:
        self._crm = crm
        self._exchange = exchange

    async def test(self, line: str) -> str:
        directory = await self._crm.lines.pbx_directory()
        entry = next((entry for entry in directory.lines if entry.name == line), None)
        if entry is None:
            raise TelephonyError("There is no such line")
        if entry.mode != "register":
            return await self._look(entry)
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

    async def _look(self, entry: LineEntry) -> str:
        """Nothing of ours to register: whether the PBX has, or reaches, the provider now."""
        watch = self._exchange.watch
        if watch is None:
            raise TelephonyError("The telephone exchange is not connected")
        try:
            if entry.mode == "address":
                await watch.ask(entry.name)
            await watch.look()
        except AmiError as error:
            raise TelephonyError(str(error)) from error
        up = watch.line(entry.name).health is Health.UP
        if entry.mode == "accept":
            said = "The provider is registered with us", "The provider is not registered with us"
        else:
            said = "The provider answers", "The provider does not answer"
        if not up:
            raise TelephonyError(said[1])
        return said[0]
