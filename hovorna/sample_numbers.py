"""Telephone numbers of the sample company's clients."""

from collections.abc import Callable
from random import Random

_MOBILE = ("601", "602", "603", "604", "605", "606", "607", "608", "720", "721", "722", "723",
           "724", "725", "728", "731", "732", "733", "734", "736", "737", "739", "770", "773",
           "774", "775", "776", "777")  # fmt: skip


class SampleNumbers:
    """Numbers that nobody has yet."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._used: set[str] = set()

    def mobile(self) -> str:
        return self._new(lambda: f"+420{self._chance.choice(_MOBILE)}{self._digits(6)}")

    def office(self) -> str:
        area = self._chance.choice(("22", "54", "38", "37", "49", "55", "58", "47"))
        return self._new(lambda: f"+420{area}{self._chance.randint(1, 7)}{self._digits(6)}")

    def british(self) -> str:
        # Kept free by Ofcom for stories.
        return self._new(lambda: f"+4420794600{self._digits(2)}")

    def _digits(self, count: int) -> str:
        return "".join(self._chance.choice("0123456789") for _ in range(count))

    def _new(self, make: Callable[[], str]) -> str:
        while (number := make()) in self._used:
            pass
        self._used.add(number)
        return number
