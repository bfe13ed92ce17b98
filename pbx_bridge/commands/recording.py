"""The recording of a call that goes on: begun late, paused, gone on with, ended.

The PBX mutes a recording without writing it down, so that is told for it: by both roads, and kept.
"""

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.commands.asking import UNIQUEID, Asking

_NONE = "this call is not recorded"


class RecordingControl(Asking):
    async def start_recording(self, call: str) -> None:
        async with self._turn(call):
            if any(it.recorded for it in self._phones(call)):
                return
            phone = next((it for it in self._phones(call) if it.extension and it.with_client), None)
            if phone is None:
                raise self._refused("nobody speaks with the client now")
            await self._press(phone.name, dialplan.RECORD_KEY)
            await self._happens(
                lambda: any(it.recorded for it in self._exchange.phones(call)),
                "a recording that was ended cannot be begun again in the same call",
            )

    async def stop_recording(self, call: str) -> None:
        async with self._turn(call):
            await self._act("StopMixMonitor", self._channel(self._recorded(call).name))

    async def pause_recording(self, call: str) -> None:
        async with self._turn(call):
            phone = self._recorded(call)
            if not phone.paused:
                await self._pause(phone, pause=True)

    async def resume_recording(self, call: str) -> None:
        async with self._turn(call):
            phone = self._recorded(call)
            if phone.paused:
                await self._pause(phone, pause=False)

    async def toggle_recording(self, channel: str) -> None:
        """The code was dialled on this channel: pause, go on, or begin."""
        call = self._exchange.key_of(channel)
        if call is None:
            return
        phone = next((it for it in self._exchange.phones(call) if it.recorded), None)
        if phone is None:
            await self._exchange.until(lambda: self._is_back(call, channel), 5.0)
            await self.start_recording(call)
        elif phone.paused:
            await self.resume_recording(call)
        else:
            await self.pause_recording(call)

    def _is_back(self, call: str, channel: str) -> bool:
        """While the code is dialled, the client is on hold."""
        return any(it.name == channel and it.with_client for it in self._exchange.phones(call))

    def _recorded(self, call: str) -> Phone:
        for phone in self._phones(call):
            if phone.recorded:
                return phone
        raise self._refused(_NONE)

    async def _pause(self, phone: Phone, *, pause: bool) -> None:
        await self._act(
            "MixMonitorMute",
            self._channel(phone.name),
            ("Direction", "both"),
            ("State", "1" if pause else "0"),
        )
        about = self._valid(UNIQUEID, phone.uniqueid, "channel's id")
        event = dialplan.PAUSED_EVENT if pause else dialplan.UNPAUSED_EVENT
        await self._act(
            "Originate",
            ("Channel", f"Local/s@{dialplan.TELL_CONTEXT}/n"),
            ("Application", "Wait"),
            ("Data", "1"),
            ("Async", "true"),
            ("Variable", f"{dialplan.TELL_VARIABLE}={event}"),
            ("Variable", f"{dialplan.ABOUT_VARIABLE}={about}"),
        )
