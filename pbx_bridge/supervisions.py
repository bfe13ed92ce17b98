"""Who listens to whom now, told by the ids that supervisors' channels were given. Pure.

AMI alone tells of it: a supervision leaves no trace in the journal, and a call none in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.keys import call_key, spied_on
from pbx_bridge.calls.layout import Layout
from pbx_bridge.directory import endpoint_of, is_mobile


@dataclass(frozen=True, slots=True)
class Supervision:
    """`supervisor` listens to `extension` in `call`, by the channel `name`. `up`: has answered,
    and on a mobile pressed the key.
    """

    uniqueid: str
    name: str
    supervisor: str
    extension: str
    root: str
    call: str
    up: bool = False


class Supervisions:
    def __init__(self, pbx_id: str) -> None:
        self._pbx_id = pbx_id
        self._known: dict[str, Supervision] = {}

    def all(self) -> tuple[Supervision, ...]:
        return tuple(self._known.values())

    def survey(self, channels: Iterable[Mapping[str, str]], layout: Layout) -> bool:
        """`channels`: items of CoreShowChannels. Whether anything is different from before."""
        before, self._known = self._known, {}
        for item in channels:
            asked = item.get("Context") == dialplan.MOBILE_CONTEXT
            self._enter(item, layout, up=item.get("ChannelStateDesc") == "Up" and not asked)
        return before != self._known

    def hear(self, event: Mapping[str, str], layout: Layout) -> bool:
        """Whether the event changed anything."""
        uniqueid = event.get("Uniqueid", "")
        if not uniqueid.startswith("spy-"):
            return False
        match event.get("Event"):
            case "Newchannel":
                return self._enter(event, layout, up=False)
            case "Newstate" if event.get("ChannelStateDesc") == "Up":
                return self._begins(event, layout, on_mobile=False)
            case "UserEvent" if event.get("UserEvent") == dialplan.CONFIRMED_EVENT:
                return self._begins(event, layout, on_mobile=True)
            case "Hangup":
                return self._known.pop(uniqueid, None) is not None
        return False

    def _begins(self, event: Mapping[str, str], layout: Layout, *, on_mobile: bool) -> bool:
        known = self._known.get(event["Uniqueid"])
        if known is None or known.up or is_mobile(endpoint_of(known.name)) is not on_mobile:
            return False
        return self._enter(event, layout, up=True)

    def _enter(self, channel: Mapping[str, str], layout: Layout, *, up: bool) -> bool:
        uniqueid, name = channel.get("Uniqueid", ""), channel.get("Channel", "")
        found = spied_on(uniqueid)
        if found is None or not name:
            return False
        extension, root = found
        self._known[uniqueid] = Supervision(
            uniqueid=uniqueid,
            name=name,
            supervisor=layout.seat(name).name,
            extension=extension,
            root=root,
            call=call_key(self._pbx_id, root),
            up=up,
        )
        return True
