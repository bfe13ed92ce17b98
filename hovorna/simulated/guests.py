"""Callers whom the guide's scenes send: there is time for them, and nobody takes them too soon.
And who is behind a number outside: a client, or an employee on the mobile.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Guests:
    """Numbers as the phones show them. Shared by the clients and the desks of one demo."""

    patient: set[str] = field(default_factory=set)  # stay on the phone until the other hangs up
    spared: set[str] = field(default_factory=set)  # are left to ring for a while
    mobiles: frozenset[str] = frozenset()  # employees'

    def stays(self, number: str | None) -> bool:
        return number in self.patient

    def is_mobile(self, number: str | None) -> bool:
        return number in self.mobiles

    def is_spared(self, number: str | None) -> bool:
        return number in self.spared
