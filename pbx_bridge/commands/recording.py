"""The recording of a call that goes on: begun late, paused, gone on with, ended, begun again.

One file for a client's channel, from the first second that is recorded to the client's last:
paused or ended, it goes on in silence, so that it can be begun again and whoever listens hears all
of it in order. The PBX mutes a recording without writing it down, so that is told for it: by both
roads, and kept. Of two clients in one talk, both are meant.
"""

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.commands.asking import UNIQUEID, Asking
from pbx_bridge.directory import PbxDirectory, RecordMode, endpoint_of, extension_of

_NONE = "this call is not recorded"


class RecordingControl(Asking):
    #: Extensions and lines. Who asks on a page is told by the CRM; whose phone asks, here.
    _never: frozenset[str] = frozenset()

    def set_directory(self, directory: PbxDirectory) -> None:
        off = RecordMode.OFF
        extensions = (it.number for it in directory.extensions if it.record is off)
        lines = (it.name for it in directory.lines if it.record is off)
        self._never = frozenset((*extensions, *lines))

    async def start_recording(self, call: str) -> None:
        async with self._turn(call):
            known = [it for it in self._phones(call) if it.recorded]
            if not known:
                await self._begin(call)
            for phone in known:
                if phone.stopped:
                    await self._mute(phone, dialplan.AGAIN_EVENT)

    async def stop_recording(self, call: str) -> None:
        async with self._turn(call):
            for phone in self._recorded(call):
                await self._mute(phone, dialplan.STOPPED_EVENT)

    async def pause_recording(self, call: str) -> None:
        async with self._turn(call):
            for phone in self._recorded(call):
                if not phone.paused:
                    await self._mute(phone, dialplan.PAUSED_EVENT)

    async def resume_recording(self, call: str) -> None:
        async with self._turn(call):
            for phone in self._recorded(call):
                if phone.paused:
                    await self._mute(phone, dialplan.UNPAUSED_EVENT)

    async def toggle_recording(self, channel: str) -> None:
        """The code was dialled on this channel: pause, go on, or begin."""
        call = self._exchange.key_of(channel)
        if call is None:
            return
        kept = [it for it in self._exchange.phones(call) if it.recorded and not it.stopped]
        if not kept:
            await self._exchange.until(lambda: self._is_back(call, channel), 5.0)
            self._may_be_recorded(call)
            await self.start_recording(call)
        elif all(it.paused for it in kept):
            await self._exchange.until(lambda: self._is_back(call, channel), 5.0)
            self._may_be_recorded(call)
            await self.resume_recording(call)
        else:
            await self.pause_recording(call)

    async def end_code(self, channel: str) -> None:
        """As if `#` was typed after it."""
        await self._act("Ping")  # whatever else was typed until now is heard before the answer
        call = self._exchange.key_of(channel)
        phones = () if call is None else self._exchange.phones(call)
        if any(it.name == channel and it.with_client and not it.consults for it in phones):
            await self._press(channel, "#")

    async def _begin(self, call: str) -> None:
        phone = next((it for it in self._phones(call) if it.extension and it.with_client), None)
        if phone is None:
            raise self._refused("nobody speaks with the client now")
        await self._press(phone.name, dialplan.RECORD_KEY)
        await self._happens(
            lambda: any(it.recorded for it in self._exchange.phones(call)),
            "the recording does not begin",
        )

    def _may_be_recorded(self, call: str) -> None:
        """Whoever has the call now, and the line: another may have taken it over meanwhile."""
        for phone in self._phones(call):
            owner = extension_of(endpoint_of(phone.name))
            if not phone.rings and owner in self._never:
                raise self._refused(f"calls of {owner} are never recorded")

    def _is_back(self, call: str, channel: str) -> bool:
        """While the code is dialled, the client is on hold."""
        return any(it.name == channel and it.with_client for it in self._exchange.phones(call))

    def _recorded(self, call: str) -> list[Phone]:
        """Never empty."""
        recorded = [it for it in self._phones(call) if it.recorded and not it.stopped]
        if not recorded:
            raise self._refused(_NONE)
        return recorded

    async def _mute(self, phone: Phone, event: str) -> None:
        """`event` says what it means; heard again is what goes on or is begun again."""
        heard = event in (dialplan.UNPAUSED_EVENT, dialplan.AGAIN_EVENT)
        await self._act(
            "MixMonitorMute",
            self._channel(phone.name),
            ("Direction", "both"),
            ("State", "0" if heard else "1"),
        )
        about = self._valid(UNIQUEID, phone.uniqueid, "channel's id")
        await self._act(
            "Originate",
            ("Channel", f"Local/s@{dialplan.TELL_CONTEXT}/n"),
            ("Application", "Wait"),
            ("Data", "1"),
            ("Async", "true"),
            ("Variable", f"{dialplan.TELL_VARIABLE}={event}"),
            ("Variable", f"{dialplan.ABOUT_VARIABLE}={about}"),
        )
