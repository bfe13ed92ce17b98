"""What a user's fields may hold."""

import re
from dataclasses import dataclass
from typing import Any

from crm.people.models import Role
from crm.people.secrets import LONGEST_PASSWORD, SHORTEST_PASSWORD
from crm.people.views import UserData
from crm.validation import COUNTRIES_PATTERN, Checker, Faults, is_email, is_timezone

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
# What everybody may set of himself.
_OWN = {"language", "timezone", "password", "default_line"}


@dataclass(frozen=True, slots=True)
class Checked:
    """Column values without faulty ones, with `password`, `default_line` and `mobile` still to be
    turned into theirs. `lines`: names of the allowed ones, None: unchanged.
    """

    values: dict[str, Any]
    lines: list[str] | None
    faults: Faults


def check_own_profile(data: UserData) -> bool:
    return set(data) <= _OWN


def check_user(data: UserData, *, new: bool) -> Checked:
    """What can be said without looking up anything: more may be found in what is left."""
    check = Checker(data)
    values: dict[str, Any] = {}
    if new or check.has("login"):
        values["login"] = check.text("login", 64, required=True).lower()
        if not _LOGIN.fullmatch(values["login"]):
            check.fault("login", "must be letters, digits and . _ @ + -")
    if new or check.has("name"):
        values["name"] = check.text("name", 100, required=True)
    if check.has("email"):
        values["email"] = check.optional("email", 254)
        if values["email"] and not is_email(values["email"]):
            check.fault("email", "is not an e-mail address")
    if check.has("role"):
        values["role"] = check.choice("role", tuple(Role))
    for name in ("department_id",):
        if check.has(name):
            values[name] = check.reference(name)
    if check.has("active"):
        values["active"] = check.flag("active")
    _locale(check, values)
    _password(check, values)
    lines = _calling(check, values)
    faults = check.found()
    right = {name: value for name, value in values.items() if name not in faults.found}
    return Checked(right, None if "lines" in faults.found else lines, faults)


def _locale(check: Checker, values: dict[str, Any]) -> None:
    if check.has("language"):
        values["language"] = check.optional("language", 10)
        if values["language"] and not _LANGUAGE.fullmatch(values["language"]):
            check.fault("language", "is not a language code")
    if check.has("timezone"):
        values["timezone"] = check.optional("timezone", 64)
        if values["timezone"] and not is_timezone(values["timezone"]):
            check.fault("timezone", "is not an IANA time zone")


def _password(check: Checker, values: dict[str, Any]) -> None:
    if not check.has("password"):
        return
    password = check.data["password"]
    if password is None:
        values["password_hash"] = None
    elif not isinstance(password, str) or not (
        SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
    ):
        check.fault("password", f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    else:
        values["password"] = password


def _calling(check: Checker, values: dict[str, Any]) -> list[str] | None:
    if check.has("default_line"):
        values["default_line"] = check.optional("default_line", 40)
    if check.has("mobile"):
        values["mobile"] = check.optional("mobile", 40)
    if check.has("outbound_per_hour"):
        values["outbound_per_hour"] = check.integer("outbound_per_hour", 0, 10_000)
    if check.has("countries"):
        countries = check.data["countries"]
        values["countries"] = None if countries is None else check.items("countries", 300)
        for country in values["countries"] or ():
            if not isinstance(country, str) or not COUNTRIES_PATTERN.fullmatch(country):
                check.fault("countries", "must be two-letter country codes")
    if not check.has("lines"):
        return None
    lines = check.items("lines", 200)
    if not all(isinstance(name, str) for name in lines):
        check.fault("lines", "must be names of lines")
        return []
    return lines
