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


def set_lines(session: Session, user_id: int, names: Iterable[str]) -> None:
    """These, by name, and no others. Raises Invalid."""
    known = dict(session.execute(select(Line.name, Line.id)).all())
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise Invalid({"lines": f"there is no line {unknown[0]}"})
    session.execute(delete(UserLine).where(UserLine.user_id == user_id))
    rows = [{"user_id": user_id, "line_id": known[name]} for name in sorted(set(names))]
    if rows:
        session.execute(insert(UserLine), rows)


def keep_default_allowed(session: Session, user: User, *, asked: bool) -> None:
    """The default line is one of the user's. `asked`: it was chosen just now; else a line that the
    user loses takes it along. Raises Invalid."""
    if user.default_line_id is None:
        return
    key = {"user_id": user.id, "line_id": user.default_line_id}
    if session.get(UserLine, key) is not None:
        return
    if asked:
        raise Invalid({"default_line": "is none of the lines that the employee may use"})
    user.default_line_id = None
