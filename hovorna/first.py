"""The first start: somebody must be able to sign in."""

from crm.app import Crm
from crm.people.models import Role
from hovorna.user import one_time_password


async def first_administrator(crm: Crm) -> tuple[str, str] | None:
    """Make `admin` if there is no user at all. Login and password, which is not told again."""
    if crm.directory.people:
        return None
    password = one_time_password()
    await crm.people.create_user(
        None,
        {
            "login": "admin",
            "name": "Administrator",
            "role": Role.ADMINISTRATOR,
            "password": password,
        },
        once=True,
    )
    return "admin", password
