"""Users as views: the row, with what the directory knows of them."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.errors import Conflict, LoginTaken, NotFound
from crm.people.directory import Directory
from crm.people.models import Role, User
from crm.people.views import DepartmentRef, UserView
from crm.validation import Faults


def all_users(session: Session, directory: Directory) -> tuple[UserView, ...]:
    """By name."""
    rows = session.scalars(select(User).order_by(User.name, User.id))
    return tuple(_view(row, directory) for row in rows)


def user(session: Session, directory: Directory, user_id: int) -> UserView:
    """Raises NotFound."""
    row = session.get(User, user_id)
    if row is None:
        raise NotFound("user", user_id)
    return _view(row, directory)


def keep_an_administrator(session: Session) -> None:
    """Nobody could let anybody in again. Raises Conflict."""
    left = session.scalar(
        select(func.count())
        .select_from(User)
        .where(User.role == Role.ADMINISTRATOR, User.active, User.password_hash.is_not(None))
    )
    if not left:
        raise Conflict("The last administrator must stay one")


def _view(user: User, directory: Directory) -> UserView:
    person = directory.people[user.id]
    department = None
    if person.department_id is not None and person.department is not None:
        department = DepartmentRef(person.department_id, person.department)
    return UserView(
        id=user.id,
        login=user.login,
        name=user.name,
        email=user.email,
        role=Role(user.role),
        department=department,
        language=user.language,
        timezone=user.timezone,
        active=user.active,
        presence=person.presence,
        extensions=person.extensions,
        lines=person.lines,
        default_line=person.default_line,
        mobile=person.mobile,
        outbound_per_hour=user.outbound_per_hour,
        countries=person.countries,
        can_sign_in=user.active and user.password_hash is not None,
        created_at=user.created_at,
    )


def need_free_login(session: Session, user: User, login: object, faults: Faults) -> None:
    """Told with the other faults. Raises LoginTaken where there are none."""
    query = select(User.id).where(User.login == login, User.id != (user.id or 0))
    if login is None or session.scalar(query) is None:
        return
    if not faults.found:
        raise LoginTaken
    faults.found["login"] = str(LoginTaken())
