"""Users, departments, extensions, lines, tokens; and who I am."""

from crm.columns import to_micros
from crm.paging import Page
from crm.people.short_lists import EXTENSIONS, LINES, USERS
from crm.people.views import DepartmentView, ExtensionView, LineView, TokenView, UserView
from crm.short_lists import ShortList
from web.api.bodies import (
    DepartmentBody,
    ExtensionBody,
    LineBody,
    NewExtensionBody,
    NewLineBody,
    NewUserBody,
    OwnBody,
    PresenceBody,
    TokenBody,
    UserBody,
)
from web.api.operation import Access, Asked, NoBody, NoQuery, Plain, Table
from web.api.short_lists import Short, ShortQuery

table = Table("people")
ALL, ADMIN = Access.SIGNED_IN, Access.ADMINISTRATOR


class UserQuery(ShortQuery):
    """`q`: part of the name, login, e-mail, department or an extension. `order`: name, login,
    department, extension, created."""

    active: bool | None = None


_DEPARTMENTS: ShortList[DepartmentView] = ShortList(
    key=lambda it: it.id,
    words=lambda it: it.name,
    orders={"name": lambda it: it.name, "members": lambda it: it.members},
)
_TOKENS: ShortList[TokenView] = ShortList(
    key=lambda it: it.id,
    words=lambda it: f"{it.name} {it.user.name}",
    orders={"created": lambda it: to_micros(it.created_at), "name": lambda it: it.name},
)


@table.add("GET", "/me", ALL, "Whose token this is")
async def get_me(asked: Plain) -> UserView:
    return await asked.crm.people.get_user(asked.actor, asked.actor.id)


@table.add("PATCH", "/me", ALL, "Change own settings")
async def change_me(asked: Asked[NoQuery, OwnBody]) -> UserView:
    return await asked.crm.people.update_user(asked.actor, asked.actor.id, asked.given())


@table.add("PUT", "/me/presence", ALL, "Be free, on a break or away")
async def set_my_presence(asked: Asked[NoQuery, PresenceBody]) -> None:
    await asked.crm.people.set_presence(asked.actor, asked.body.presence)


@table.add("DELETE", "/me/sessions", ALL, "Sign out of every browser; tokens stay")
async def sign_out_everywhere(asked: Plain) -> None:
    await asked.crm.sign_in.sign_out_everywhere(asked.actor)


@table.add("GET", "/users", ALL, "Employees by name")
async def list_users(asked: Asked[UserQuery, NoBody]) -> Page[UserView]:
    users = await asked.crm.people.list_users(asked.actor, active=asked.query.active)
    return USERS.page(users, asked.query)


@table.add("POST", "/users", ADMIN, "Add an employee", status=201, errors=(409,))
async def create_user(asked: Asked[NoQuery, NewUserBody]) -> UserView:
    return await asked.crm.people.create_user(asked.actor, asked.given())


@table.add("GET", "/users/{id}", ALL, "One employee")
async def get_user(asked: Plain) -> UserView:
    return await asked.crm.people.get_user(asked.actor, asked.id)


@table.add("PATCH", "/users/{id}", ADMIN, "Change an employee", errors=(409,))
async def change_user(asked: Asked[NoQuery, UserBody]) -> UserView:
    return await asked.crm.people.update_user(asked.actor, asked.id, asked.given())


@table.add("GET", "/departments", ALL, "Departments by name")
async def list_departments(asked: Short) -> Page[DepartmentView]:
    return _DEPARTMENTS.page(await asked.crm.people.list_departments(asked.actor), asked.query)


@table.add("POST", "/departments", ADMIN, "Add a department", status=201, errors=(409,))
async def create_department(asked: Asked[NoQuery, DepartmentBody]) -> DepartmentView:
    return await asked.crm.people.save_department(asked.actor, asked.body.name)


@table.add("PATCH", "/departments/{id}", ADMIN, "Rename a department", errors=(409,))
async def change_department(asked: Asked[NoQuery, DepartmentBody]) -> DepartmentView:
    return await asked.crm.people.save_department(asked.actor, asked.body.name, asked.id)


@table.add("DELETE", "/departments/{id}", ADMIN, "Delete a department; its employees stay")
async def delete_department(asked: Plain) -> None:
    await asked.crm.people.delete_department(asked.actor, asked.id)


@table.add("GET", "/extensions", ALL, "Extensions by number")
async def list_extensions(asked: Short) -> Page[ExtensionView]:
    return EXTENSIONS.page(await asked.crm.lines.list_extensions(asked.actor), asked.query)


@table.add("POST", "/extensions", ADMIN, "Add an extension", status=201, errors=(409,))
async def create_extension(asked: Asked[NoQuery, NewExtensionBody]) -> ExtensionView:
    return await asked.crm.lines.create_extension(asked.actor, asked.given())


@table.add("GET", "/extensions/{number}", ALL, "One extension")
async def get_extension(asked: Plain) -> ExtensionView:
    return await asked.crm.lines.get_extension(asked.actor, asked.text("number"))


@table.add("PATCH", "/extensions/{number}", ADMIN, "Change an extension", errors=(409,))
async def change_extension(asked: Asked[NoQuery, ExtensionBody]) -> ExtensionView:
    number = asked.text("number")
    return await asked.crm.lines.update_extension(asked.actor, number, asked.given())


@table.add("DELETE", "/extensions/{number}", ADMIN, "Delete an extension")
async def delete_extension(asked: Plain) -> None:
    await asked.crm.lines.delete_extension(asked.actor, asked.text("number"))


@table.add("GET", "/lines", ALL, "Lines by name")
async def list_lines(asked: Short) -> Page[LineView]:
    return LINES.page(await asked.crm.lines.list_lines(asked.actor), asked.query)


@table.add("POST", "/lines", ADMIN, "Add a line", status=201, errors=(409,))
async def create_line(asked: Asked[NoQuery, NewLineBody]) -> LineView:
    return await asked.crm.lines.save_line(asked.actor, asked.given())


@table.add("GET", "/lines/{name}", ALL, "One line")
async def get_line(asked: Plain) -> LineView:
    return await asked.crm.lines.get_line(asked.actor, asked.text("name"))


@table.add("PATCH", "/lines/{name}", ADMIN, "Change a line", errors=(409,))
async def change_line(asked: Asked[NoQuery, LineBody]) -> LineView:
    return await asked.crm.lines.save_line(asked.actor, asked.given(), asked.text("name"))


@table.add("DELETE", "/lines/{name}", ADMIN, "Delete a line; its calls keep its name")
async def delete_line(asked: Plain) -> None:
    await asked.crm.lines.delete_line(asked.actor, asked.text("name"))


@table.add("GET", "/tokens", ALL, "Own tokens; all of them for an administrator")
async def list_tokens(asked: Short) -> Page[TokenView]:
    return _TOKENS.page(await asked.crm.sign_in.list_tokens(asked.actor), asked.query)


@table.add(
    "POST",
    "/tokens",
    ALL,
    "Make a token; its secret is told only now",
    status=201,
    errors=(403, 404),
)
async def create_token(asked: Asked[NoQuery, TokenBody]) -> TokenView:
    body = asked.body
    return await asked.crm.sign_in.create_token(asked.actor, body.name, user_id=body.user_id)


@table.add("DELETE", "/tokens/{id}", ALL, "Revoke a token")
async def delete_token(asked: Plain) -> None:
    await asked.crm.sign_in.revoke_token(asked.actor, asked.id)
