"""The sample company: ten employees, two lines, three hundred clients, two months of calls.

The same every time: names and history come from one seed, times are relative to the moment given.
Passwords and tokens are random; those that cannot be read back from the database are kept in the
data directory, readable by its owner alone.
"""

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from crm.app import Crm
from crm.clients.models import Card
from crm.columns import from_micros, to_micros
from crm.errors import Conflict
from crm.people.models import (
    ApiToken,
    Department,
    Extension,
    Line,
    LineRing,
    Option,
    Role,
    User,
    UserLine,
)
from crm.people.secrets import Entropy, Passwords, random_text, token_hash
from hovorna.sample_history import SamplePeople, fill_clients, past_calls, work_off

MARK = "sample"  # the option that tells that the sample is there
FILE = "sample.json"
PICKUP_CODES = ("*11", "40")
ADMIN = "admin"
ADMINS_MOBILE = "+420702000101"
BATCH = 40  # calls in one transaction of the journal


@dataclass(frozen=True, slots=True)
class SamplePhone:
    extension: str
    user: str
    password: str
    name: str


@dataclass(frozen=True, slots=True)
class SampleLine:
    name: str
    number: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class SampleLogin:
    login: str
    password: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class SampleInfo:
    """What a SIP phone or a script needs. All of it is secret."""

    admin_login: str
    admin_password: str
    admin_token: str
    phones: tuple[SamplePhone, ...]
    lines: tuple[SampleLine, ...]
    employees: tuple[SampleLogin, ...]
    pickup: tuple[str, ...] = PICKUP_CODES

    def to_json(self) -> dict[str, object]:
        """The parts of `hovorna demo info --json` that the database knows."""
        return {
            "admin": {
                "login": self.admin_login,
                "password": self.admin_password,
                "token": self.admin_token,
            },
            "phones": [asdict(phone) for phone in self.phones],
            "lines": [asdict(line) for line in self.lines],
            "pickup": list(self.pickup),
            "employees": [asdict(login) for login in self.employees],
        }


@dataclass(frozen=True, slots=True)
class _Employee:
    extension: str
    login: str
    name: str
    department: str
    role: Role


SALES, SERVICE, OFFICE = "Sales", "Service", "Office"
# The administrator has a desk phone too, so that whoever tries it out gets the screen pop.
EMPLOYEES = (
    _Employee("101", ADMIN, "Eva Malá", SALES, Role.ADMINISTRATOR),
    _Employee("102", "petr.novak", "Petr Novák", SALES, Role.EMPLOYEE),
    _Employee("103", "james.carter", "James Carter", SALES, Role.EMPLOYEE),
    _Employee("104", "lucie.dvorakova", "Lucie Dvořáková", SALES, Role.SUPERVISOR),
    _Employee("105", "tomas.horak", "Tomáš Horák", SERVICE, Role.SUPERVISOR),
    _Employee("106", "emily.clarke", "Emily Clarke", SERVICE, Role.EMPLOYEE),
    _Employee("107", "jakub.svoboda", "Jakub Svoboda", SERVICE, Role.EMPLOYEE),
    _Employee("108", "karolina.vesela", "Karolína Veselá", OFFICE, Role.EMPLOYEE),
    _Employee("109", "oliver.wright", "Oliver Wright", OFFICE, Role.EMPLOYEE),
    _Employee("110", "marek.cerny", "Marek Černý", OFFICE, Role.EMPLOYEE),
)
PICKUP_GROUP = "sales"
LINES = (
    ("line1", "+420226259101", "Main line", ("101", "102")),
    ("line2", "+420226259202", "Service line", ("105", "106", "107", "108", "109", "110")),
)


async def load_sample(
    crm: Crm, now: datetime, entropy: Entropy = random_text, passwords: Passwords | None = None
) -> SampleInfo:
    """Fill an empty database. Again: nothing changes; after a crash: goes on where it stopped.

    Raises Conflict if the database holds anything else.
    """
    mark = await crm.db.read(_mark)
    if mark is None:
        await _begin(crm, now, entropy, passwords or Passwords())
        mark = await crm.db.read(_mark)
        assert mark is not None
    await crm.start()
    if not mark["done"]:
        began = from_micros(mark["now"])
        desks = [(name, number, ring) for name, number, _, ring in LINES]
        calls = await crm.db.read(lambda s: past_calls(s, began, desks))
        for start in range(0, len(calls), BATCH):
            batch = calls[start : start + BATCH]
            await crm.journal.append([event for call in batch for event in call])
        await crm.db.write(lambda s: _finish(s, began))
    return await sample_info(crm)


async def _begin(crm: Crm, now: datetime, entropy: Entropy, hasher: Passwords) -> None:
    # A hash costs tens of milliseconds; the employees share a password.
    kept = {"admin_password": entropy(9), "password": entropy(9), "token": "hov_" + entropy(32)}
    admin_hash, password_hash = await asyncio.gather(
        asyncio.to_thread(hasher.hash, kept["admin_password"]),
        asyncio.to_thread(hasher.hash, kept["password"]),
    )
    # First the file: a database without it would have passwords that nobody knows.
    await asyncio.to_thread(_keep, _file(crm), kept)

    def work(session: Session) -> None:
        _company(session, now, entropy, admin_hash, password_hash)
        session.add(
            ApiToken(user_id=1, name=MARK, token_hash=token_hash(kept["token"]), created_at=now)
        )
        session.add(Option(name=MARK, value={"now": to_micros(now), "done": False}))
        people = SamplePeople({employee.extension: i for i, employee in enumerate(EMPLOYEES, 1)})
        fill_clients(session, now, people)

    await crm.db.write(work)


def _finish(session: Session, began: datetime) -> None:
    work_off(session, began)
    session.get_one(Option, MARK).value = {"now": to_micros(began), "done": True}


async def sample_info(crm: Crm) -> SampleInfo:
    """Raises Conflict where there is no sample, or its passwords were deleted."""
    path = _file(crm)
    try:
        kept = json.loads(await asyncio.to_thread(path.read_text, encoding="utf-8"))
    except FileNotFoundError as error:
        raise Conflict(f"There is no sample company here: {path} is missing") from error
    directory = await crm.lines.pbx_directory()
    names = {employee.extension: employee for employee in EMPLOYEES}
    return SampleInfo(
        admin_login=ADMIN,
        admin_password=kept["admin_password"],
        admin_token=kept["token"],
        phones=tuple(
            SamplePhone(phone.number, phone.number, phone.password, phone.name)
            for phone in directory.extensions
        ),
        lines=tuple(
            SampleLine(line.name, line.number, line.user, line.password) for line in directory.lines
        ),
        employees=tuple(
            SampleLogin(e.login, kept["password"], e.name, e.role.value)
            for e in names.values()
            if e.login != ADMIN
        ),
    )


def _mark(session: Session) -> dict[str, Any] | None:
    """How far the sample is; None: the database is empty. Raises Conflict if it is another's."""
    mark = session.get(Option, MARK)
    if mark is not None:
        return dict(mark.value)
    for table in (Card, User):
        if session.scalar(select(func.count()).select_from(table)):
            raise Conflict("The sample company needs an empty database; this one has data")
    return None


def _company(
    session: Session, now: datetime, entropy: Entropy, admin_hash: str, password_hash: str
) -> None:
    departments = {name: i for i, name in enumerate((SALES, SERVICE, OFFICE), 1)}
    session.execute(insert(Department), [{"id": i, "name": n} for n, i in departments.items()])
    session.execute(
        insert(Line),
        [
            {
                "id": i,
                "name": name,
                "number": number,
                "label": label,
                "country": "CZ",
                "mode": "accept",
                "sip_user": name,
                "sip_password": entropy(18),
                "ring_seconds": 25,
            }
            for i, (name, number, label, _) in enumerate(LINES, 1)
        ],
    )
    session.execute(
        insert(User),
        [
            {
                "id": i,
                "login": employee.login,
                "name": employee.name,
                "role": employee.role,
                "password_hash": admin_hash if employee.login == ADMIN else password_hash,
                "department_id": departments[employee.department],
                "default_line_id": 1,
                "mobile": ADMINS_MOBILE if employee.login == ADMIN else None,
                "created_at": now,
            }
            for i, employee in enumerate(EMPLOYEES, 1)
        ],
    )
    _phones(session, entropy)


def _phones(session: Session, entropy: Entropy) -> None:
    ids = {employee.extension: i for i, employee in enumerate(EMPLOYEES, 1)}
    session.execute(
        insert(Extension),
        [
            {
                "id": ids[employee.extension],
                "number": employee.extension,
                "name": employee.name,
                "sip_password": entropy(18),
                "web_password": entropy(18),
                "user_id": ids[employee.extension],
                "pickup_group": PICKUP_GROUP if employee.department == SALES else None,
            }
            for employee in EMPLOYEES
        ],
    )
    lines = range(1, len(LINES) + 1)
    session.execute(
        insert(UserLine), [{"user_id": u, "line_id": n} for u in ids.values() for n in lines]
    )
    session.execute(
        insert(LineRing),
        [
            {"line_id": n, "extension_id": ids[extension], "position": position}
            for n, (_, _, _, ring) in enumerate(LINES, 1)
            for position, extension in enumerate(ring)
        ],
    )


def _file(crm: Crm) -> Path:
    return crm.settings.data / FILE


def _keep(path: Path, values: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(values, file)
