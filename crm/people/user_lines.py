"""By which lines an employee calls out: those that he may use, and one of them by default."""

from collections.abc import Iterable

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crm.errors import Invalid
from crm.people.models import Line, User, UserLine


def line_of(session: Session, values: dict[str, object]) -> dict[str, object]:
    """`default_line`, a name, as the id that the table wants. Raises Invalid."""
    if "default_line" not in values:
        return {}
    name = values.pop("default_line")
    if name is None:
        return {"default_line_id": None}
    line_id = session.scalar(select(Line.id).where(Line.name == name))
    if line_id is None:
        raise Invalid({"default_line": "there is no such line"})
    return {"default_line_id": line_id}


def lines_of(session: Session, user: User, names: Iterable[str] | None) -> set[int]:
    """Ids of the lines of these names; None: of those that are the user's. Raises Invalid."""
    if names is None:
        return set(session.scalars(select(UserLine.line_id).where(UserLine.user_id == user.id)))
    known = dict(session.execute(select(Line.name, Line.id)).all())
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise Invalid({"lines": f"there is no line {unknown[0]}"})
    return {known[name] for name in names}


def set_lines(session: Session, user_id: int, line_ids: Iterable[int]) -> None:
    """These and no others."""
    session.execute(delete(UserLine).where(UserLine.user_id == user_id))
    rows = [{"user_id": user_id, "line_id": line_id} for line_id in sorted(line_ids)]
    if rows:
        session.execute(insert(UserLine), rows)


def keep_default_allowed(user: User, allowed: set[int], *, asked: bool) -> None:
    """The default line is one of the allowed ones. `asked`: it was chosen just now; else a line
    that the user loses takes it along. Raises Invalid."""
    if user.default_line_id is None or user.default_line_id in allowed:
        return
    if asked:
        raise Invalid({"default_line": "is none of the lines that the employee may use"})
    user.default_line_id = None
