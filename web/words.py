"""How calls, people and lines are said in the reader's language: filters of the templates.

`_` is the reader's gettext; texts are extracted from here as from the templates.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby

from crm.telephony.views import CallPerson, CallView, PersonState
from web.formats import Formats

Gettext = Callable[[str], str]


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def initials(name: str) -> str:
    """ "Eva Malá" -> "EM", "+420 777…" -> "#"."""
    letters = [word[0] for word in name.split() if word[0].isalpha()]
    if not letters:
        return "#"
    return "".join([letters[0], letters[-1]] if len(letters) > 1 else letters).upper()


def person_name(person: CallPerson) -> str:
    return person.name or person.extension or person.number or ""


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))


def employee_names(call: CallView) -> str:
    """Those of us who spoke, in the order they came; while it rings, who placed it."""
    return _joined(_employees(call))


def _employees(call: CallView) -> list[str]:
    spoke = [p.person for p in call.parties if p.person.extension is not None]
    if call.answered_by is not None and call.answered_by.extension is not None:
        spoke.append(call.answered_by)
    if not spoke and call.placed_by is not None:
        spoke.append(call.placed_by)
    return [person_name(person) for person in spoke]


def speaking_names(call: CallView) -> str:
    """Those of us who speak in it now."""
    here = (party.person for party in call.parties if party.left_at is None)
    names = (person_name(person) for person in here if person.extension is not None)
    return _joined(names) or employee_names(call)


def name_in(call: CallView, extension: str) -> str:
    """Of who has the extension and speaks in the call."""
    found = (party.person for party in call.parties if party.person.extension == extension)
    return next((person_name(person) for person in found), extension)


def holding_names(call: CallView) -> str:
    """Who has put it on hold, where others in it may talk on; else nobody."""
    here = [party for party in call.parties if party.left_at is None]
    names = (person_name(person) for person in call.held_by)
    return _joined(names) if len(here) > 2 else ""


def caller_name(call: CallView) -> str:
    """The employee who placed the call."""
    for party in call.parties:
        if party.person.extension is not None and party.person.extension == call.extension:
            return person_name(party.person)
    return person_name(call.placed_by) if call.placed_by else call.extension or ""


def ringing_names(call: CallView, fmt: Formats) -> str:
    """Where it rings, but for the client who is dialled."""
    return _joined(
        person_name(one.person) if one.person.number is None else fmt.phone(one.person.number)
        for one in call.ringing
        if one.person.number is None or one.person.number != call.number
    )


def who(call: CallView, fmt: Formats, _: Gettext) -> str:
    """The outside party, as the list's first words: its card, else its number."""
    if call.cards:
        return call.cards[0].card.name
    if call.number:
        return fmt.phone(call.number)
    if call.withheld:
        return _("Withheld number")
    if call.direction == "internal":
        return _joined((caller_name(call), *_employees(call))) or _("Internal")
    return call.network_name or _("Unknown number")


def direction_name(call: CallView, _: Gettext) -> str:
    return {
        "inbound": _("Inbound"),
        "outbound": _("Outbound"),
        "internal": _("Internal"),
    }.get(call.direction, call.direction)


def outcome_name(call: CallView, _: Gettext) -> str:
    """The outcome, or the state while the call lasts."""
    words = {
        "ringing": _("Ringing"),
        "talking": _("Talking"),
        "held": _("On hold"),
        "answered": _("Answered"),
        "missed": _("Missed"),
        "busy": _("Busy"),
        "no_answer": _("No answer"),
        "rejected": _("Rejected"),
        "failed": _("Failed"),
        "voicemail": _("Voicemail"),
    }
    code = call.outcome if call.state == "ended" else call.state
    return words.get(code or "", _("Ended"))


def call_title(call: CallView, _: Gettext) -> str:
    """ "Inbound, answered by Eva Malá, 3:42"."""
    parts = [direction_name(call, _)]
    names = employee_names(call)
    if call.outcome == "answered" and call.direction == "inbound":
        by = person_name(call.answered_by) if call.answered_by else names
        parts.append(_("answered by %s") % by if by else _("answered"))
    elif call.outcome == "answered":
        parts.append(names or _("answered"))
    else:
        parts.append(outcome_name(call, _).lower())
        if call.direction == "outbound" and (name := caller_name(call)):
            parts.append(name)
    if call.talk_seconds and call.state == "ended":
        parts.append(Formats.duration(call.talk_seconds))
    return ", ".join(parts)


def person_state(person: PersonState, _: Gettext) -> str:
    """What a colleague does now."""
    return {
        "free": _("Free"),
        "ringing": _("Ringing"),
        "talking": _("Talking"),
        "held": _("On hold"),
        "break": _("Break"),
        "away": _("Away"),
        "offline": _("Not registered"),
    }[person.state]


def record_modes(_: Gettext) -> list[tuple[str, str]]:
    return [
        ("on", _("Every call")),
        ("ask", _("When the employee starts it")),
        ("off", _("Never")),
    ]


def record_mode(mode: str, _: Gettext) -> str:
    return dict(record_modes(_))[mode]


def line_state(state: str, _: Gettext) -> str:
    """How a line is, as a sentence about its provider."""
    return {
        "up": _("Works"),
        "unknown": _("Not known yet"),
        "rejected": _("The provider refuses the account"),
        "unreachable": _("The provider does not answer"),
        "unregistered": _("The provider is not registered with us"),
    }[state]


def line_state_short(state: str, _: Gettext) -> str:
    return {
        "up": _("Works"),
        "unknown": _("Not known yet"),
        "rejected": _("Refused"),
        "unreachable": _("Does not answer"),
        "unregistered": _("Not signed in"),
    }[state]


def talks_with(call: CallView, person: PersonState, fmt: Formats, _: Gettext) -> str:
    """Whom this employee has in the call: the client, or the colleagues."""
    if call.direction != "internal":
        return who(call, fmt, _)
    others = [
        *(party.person for party in call.parties if party.left_at is None),
        *(one.person for one in call.ringing),
    ]
    names = [person_name(it) for it in others if it.user_id != person.user_id]
    return _joined(names) or caller_name(call)


def by_department(people: Sequence[PersonState]) -> list[tuple[str, list[PersonState]]]:
    """Departments in the order of `people`; "" for those without one."""
    groups = groupby(people, key=lambda person: person.department or "")
    return [(name, list(members)) for name, members in groups]


def role_name(role: str, _: Gettext) -> str:
    return {
        "employee": _("Employee"),
        "supervisor": _("Supervisor"),
        "administrator": _("Administrator"),
    }.get(role, role)


def gap_times(gaps: Sequence[tuple[float, float]], fmt: Formats) -> str:
    """Where nothing was recorded: "1:05–1:20, 3:00–3:10"."""
    return ", ".join(f"{fmt.duration(start)}–{fmt.duration(end)}" for start, end in gaps)


FILTERS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        iso, initials, employee_names, caller_name, speaking_names, holding_names, name_in,
        ringing_names, who, direction_name, outcome_name, call_title, person_state, line_state,
        line_state_short, record_mode, talks_with, role_name, by_department, gap_times,
    )
}  # fmt: skip
