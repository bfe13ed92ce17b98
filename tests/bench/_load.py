"""The load of the `calls` benchmark: who calls when, for how long, and what must come of it."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import _sip
from tests.bench._house import House
from tests.bench._voice import alaw_tone

NUMBERS = 1000
_SEED = 20


@dataclass(frozen=True, slots=True)
class Planned:
    """One call that a client will make. `milliseconds` of talk, or of ringing until he gives up."""

    number: str
    milliseconds: int
    talks: bool
    voice: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """All calls, and the contacts that are known beforehand: number -> id of the contact."""

    calls: tuple[Planned, ...]
    known: dict[str, int]


@dataclass(slots=True)
class Verdict:
    """How what is in the CRM compares with what was called. Lists hold descriptions."""

    present: int = 0
    missing: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    wrong_card: list[str] = field(default_factory=list)
    wrong_outcome: list[str] = field(default_factory=list)
    wrong_duration: list[str] = field(default_factory=list)
    doubled_leads: list[str] = field(default_factory=list)
    without_recording: list[str] = field(default_factory=list)
    worst_duration: float = 0.0
    with_sound: int = 0

    def figures(self) -> dict[str, object]:
        """Counts, with a few examples of what is wrong."""
        lists = {
            name: getattr(self, name)
            for name in self.__slots__
            if isinstance(getattr(self, name), list)
        }
        counts: dict[str, object] = {name: len(items) for name, items in lists.items()}
        examples = {name: items[:3] for name, items in lists.items() if items}
        return {
            "present": self.present,
            **counts,
            "worst_duration_error_s": round(self.worst_duration, 3),
            "recordings_with_sound": self.with_sound,
            **({"examples": examples} if examples else {}),
        }


async def prepare(
    house: House, calls: int, giving_up: float, voice: float, first: str = "+420778"
) -> Plan:
    """Make every second number a contact's, and plan `calls` calls from `NUMBERS` numbers.

    `first`: how the numbers begin. `giving_up` and `voice`: the shares that nobody answers, and
    that carry sound. Many repeated numbers come right after one another, so that two calls of one
    client overlap.
    """
    chance = random.Random(_SEED)
    numbers = [f"{first}{100000 + 7 * i}" for i in range(NUMBERS)]
    known: dict[str, int] = {}
    limit = asyncio.Semaphore(8)

    async def add(number: str, position: int) -> None:
        body = {"name": f"Klient {position}", "phones": [{"number": number}]}
        async with limit:
            known[number] = (await house.post("/contacts", body))["id"]

    await asyncio.gather(*(add(number, i) for i, number in enumerate(numbers) if i % 2 == 0))
    rounds, rest = divmod(calls, NUMBERS)
    order = [*(numbers * rounds), *chance.sample(numbers, rest)]
    chance.shuffle(order)
    for place in range(0, len(order), 2):
        if order[place] in order[place + 1 :]:
            twin = order.index(order[place], place + 1)
            order[place + 1], order[twin] = order[twin], order[place + 1]
    return Plan(tuple(_planned(number, chance, giving_up, voice) for number in order), known)


def _planned(number: str, chance: random.Random, giving_up: float, voice: float) -> Planned:
    if chance.random() < giving_up:
        return Planned(number, 150, talks=False, voice=False)
    milliseconds = chance.randrange(1500, 3500, 10)
    return Planned(number, milliseconds, talks=True, voice=chance.random() < voice)


def write_speech(directory: Path) -> None:
    """What the clients say: five seconds of a tone, in A-law, where their scenario looks for it."""
    (directory / "speech.alaw").write_bytes(alaw_tone(440, 5.0))


async def drive(
    house: House,
    plan: Plan,
    rate: float,
    directory: Path,
    line: str = "line1",
    phones: tuple[str, str] = ("101", "102"),
) -> list[_sip.Outcome]:
    """Place the calls at `rate` a second; returns when the last is over.

    The first of `phones` answers after a second, the second rings along.
    """
    await asyncio.to_thread(write_speech, directory)
    account, number = house.lines[line]
    kinds = {
        "client_talks": [c for c in plan.calls if c.talks and c.voice],
        "client_is_silent": [c for c in plan.calls if c.talks and not c.voice],
        "client_gives_up": [c for c in plan.calls if not c.talks],
    }
    async with AsyncExitStack() as stack:
        for extension, scenario in zip(phones, ("phone_answers", "phone_rings"), strict=True):
            phone = _sip.phone(house.server, house.phones[extension], scenario, directory)
            await stack.enter_async_context(phone)
        started = []
        for scenario, calls in kinds.items():
            if calls:
                rows = [(c.number, c.milliseconds, "Volající") for c in calls]
                share = rate * len(calls) / len(plan.calls)
                calling = _sip.clients(
                    house.server, account, number, scenario, rows, share, directory
                )
                started.append(await stack.enter_async_context(calling))
        return list(await asyncio.gather(*(sipp.finish() for sipp in started)))


async def judge(
    house: House, plan: Plan, talks: Sequence[tuple[str, float]], since: str
) -> Verdict:
    """Compare every call in the CRM since that moment with the plan, and with the clients' clocks.

    `talks`: number and seconds, as the clients had them.
    """
    verdict = Verdict()
    had: dict[str, list[float]] = defaultdict(list)
    for number, seconds in talks:
        had[number].append(seconds)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for call in await house.every("/calls", since=since):
        found[call["number"] or ""].append(call)
    planned: dict[str, list[Planned]] = defaultdict(list)
    for one in plan.calls:
        planned[one.number].append(one)
    for number in found.keys() - planned.keys():
        verdict.surplus += [f"{number or 'withheld'}: {call['id']}" for call in found[number]]
    for number, expected in planned.items():
        _compare(verdict, number, len(expected), had[number], found[number])
        _compare_cards(verdict, number, plan.known.get(number), found[number])
    await _count_leads(house, verdict, plan)
    return verdict


def _compare(
    verdict: Verdict,
    number: str,
    expected: int,
    talks: Sequence[float],
    found: Sequence[dict[str, Any]],
) -> None:
    verdict.present += min(expected, len(found))
    verdict.missing += [number] * max(expected - len(found), 0)
    verdict.surplus += [number] * max(len(found) - expected, 0)
    answered = sorted(
        (call for call in found if call["outcome"] == "answered"),
        key=lambda call: float(call["talk_seconds"] or 0),
    )
    missed = [call for call in found if call["outcome"] == "missed"]
    if (len(answered), len(missed)) != (len(talks), expected - len(talks)):
        said = [call["outcome"] for call in found]
        verdict.wrong_outcome.append(f"{number}: {said}")
        return
    for seconds, call in zip(sorted(talks), answered, strict=True):
        error = abs(float(call["talk_seconds"]) - seconds)
        verdict.worst_duration = max(verdict.worst_duration, error)
        if error > 1.0:
            verdict.wrong_duration.append(f"{number}: {call['talk_seconds']} for {seconds}")
        sound = [r for r in call["recordings"] if r["state"] == "stored"]
        verdict.with_sound += any((r["seconds"] or 0) > 1.0 for r in sound)
        if not sound:
            verdict.without_recording.append(f"{number}: {call['id']}")


def _compare_cards(
    verdict: Verdict, number: str, contact: int | None, found: Sequence[dict[str, Any]]
) -> None:
    leads = set()
    for call in found:
        cards = [(card["type"], card["id"]) for card in call["cards"]]
        right = cards == [("contact", contact)] if contact else [t for t, _ in cards] == ["lead"]
        if not right:
            verdict.wrong_card.append(f"{number}: {cards}")
        leads |= {identity for kind, identity in cards if kind == "lead"}
    if len(leads) > 1:
        verdict.doubled_leads.append(f"{number}: {sorted(leads)}")


async def _count_leads(house: House, verdict: Verdict, plan: Plan) -> None:
    """Leads that no call shows would be doubles too."""
    numbers: dict[str, int] = defaultdict(int)
    for lead in await house.every("/leads"):
        for phone in lead["phones"]:
            numbers[phone["number"]] += 1
    called = {call.number for call in plan.calls}
    for number in called:
        allowed = 0 if number in plan.known else 1
        if numbers[number] > allowed:
            verdict.doubled_leads.append(f"{number}: {numbers[number]} leads")
