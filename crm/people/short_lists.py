"""How employees, extensions and lines are searched and put in order."""

from crm.columns import to_micros
from crm.people.views import ExtensionView, LineView, UserView
from crm.short_lists import ShortList

USERS: ShortList[UserView] = ShortList(
    key=lambda it: it.id,
    words=lambda it: " ".join(
        (it.name, it.login, it.email or "", _department(it), *it.extensions),
    ),
    orders={
        "name": lambda it: it.name,
        "login": lambda it: it.login,
        "department": lambda it: _department(it),
        "extension": lambda it: min(map(int, it.extensions), default=0),
        "created": lambda it: to_micros(it.created_at),
    },
)
EXTENSIONS: ShortList[ExtensionView] = ShortList(
    key=lambda it: it.number,
    words=lambda it: f"{it.number} {it.name} {_employee(it)} {it.pickup_group or ''}",
    orders={
        "number": lambda it: int(it.number),
        "name": lambda it: it.name,
        "employee": lambda it: _employee(it),
    },
)
LINES: ShortList[LineView] = ShortList(
    key=lambda it: it.id,
    words=lambda it: f"{it.name} {it.label} {it.number} {it.host}",
    orders={
        "name": lambda it: it.name,
        "label": lambda it: it.label,
        "number": lambda it: it.number,
    },
)


def _department(user: UserView) -> str:
    return user.department.name if user.department else ""


def _employee(extension: ExtensionView) -> str:
    return extension.user.name if extension.user else ""
