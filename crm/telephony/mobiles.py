"""An employee's mobile telephone as the device that rings: which number, by which line, and whether
it may be called now.
"""

from collections.abc import Awaitable, Callable

from crm.db import Clock, Database
from crm.errors import Forbidden, Invalid
from crm.people.directory import Directories, Directory, Person
from crm.people.line_states import LineStates
from crm.people.views import LineView
from crm.telephony.outbound import check_limits
from crm.telephony.ports import Device, Mobile


def with_mobile(
    directory: Directory, person: Person | None, device: Device | None, line: LineView | None = None
) -> Device | None:
    """The device, with how to call it if it is the employee's mobile. `line`: by which; the
    employee's own if None. Raises Invalid, Forbidden.
    """
    if device is None or device.kind != "mobile":
        return device
    if person is None or person.mobile is None:
        raise Invalid({"device": "this employee has no mobile number; an administrator sets it"})
    line = line or directory.lines.get(person.calls_on or "")
    if line is None or line.name not in person.lines:
        raise Forbidden("You have no line to call out on")
    return Device("mobile", mobile=Mobile(person.mobile, line.name, line.number))


class Mobiles:
    """`settle`: has the PBX take up what was changed of the employees."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        directories: Directories,
        line_states: LineStates,
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self._db = db
        self._clock = clock
        self._directories = directories
        self._line_states = line_states
        self._settle = settle

    async def known(self) -> None:
        """Returns when the PBX has each employee's number, one that was saved a moment ago too."""
        await self._settle()

    async def ready(self, extension: str, device: Device | None) -> Device | None:
        """What shall ring at `extension`, which may be called out to. Raises Invalid, Forbidden,
        LimitReached, and PhoneUnavailable where the line is down.
        """
        directory = self._directories.now
        device = with_mobile(directory, directory.user_of(extension), device)
        if device is not None and (mobile := device.mobile) is not None:
            await self._line_states.require_up(directory.lines[mobile.line])
            now = self._clock()
            await self._db.read(lambda s: check_limits(s, directory, extension, mobile.number, now))
            await self.known()
        return device
