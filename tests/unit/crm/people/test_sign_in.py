import asyncio

import pytest
from argon2 import PasswordHasher

from crm.errors import Forbidden, Invalid, NotFound, NotSignedIn, TooManyAttempts
from crm.people import secrets
from crm.people.models import SignIn, User
from crm.people.secrets import Passwords
from crm.people.sign_in import FREE_TRIES, SESSION
from tests.unit.crm.world import PASSWORD, World


async def test_signed_in_until_signed_out(here: World) -> None:
    session = await here.crm.sign_in.sign_in("Ada", PASSWORD)
    actor = await here.crm.people.actor_of_session(session.token)
    assert actor is not None
    assert actor.login == "ada"
    await here.crm.sign_in.sign_out(session.token)
    assert await here.crm.people.actor_of_session(session.token) is None


async def test_a_session_ends_by_itself_and_use_prolongs_it(here: World) -> None:
    session = await here.crm.sign_in.sign_in("ada", PASSWORD)
    here.clock.now += SESSION * 0.9
    assert await here.crm.people.actor_of_session(session.token) is not None
    here.clock.now += SESSION * 0.9
    assert await here.crm.people.actor_of_session(session.token) is not None
    here.clock.now += SESSION * 1.01
    assert await here.crm.people.actor_of_session(session.token) is None


async def test_the_database_knows_neither_password_nor_token(here: World) -> None:
    session = await here.crm.sign_in.sign_in("ada", PASSWORD)
    user = await here.crm.db.read(lambda s: s.get_one(User, here.ada.id))
    assert PASSWORD not in (user.password_hash or "")
    rows = await here.crm.db.read(lambda s: s.query(SignIn).all())
    assert all(session.token not in row.token_hash for row in rows)


@pytest.mark.parametrize(
    ("login", "password"),
    [("ada", "wrong password"), ("nobody", PASSWORD), ("eva", PASSWORD), ("", ""),
     ("ada", "x" * 5000), ("ada\x00", "y"), ("' OR 1=1 --", "y")],
)  # fmt: skip
async def test_wrong_is_wrong_without_saying_what(here: World, login: str, password: str) -> None:
    with pytest.raises(NotSignedIn, match="Login or password is wrong"):
        await here.crm.sign_in.sign_in(login, password)


async def test_guessing_is_slowed_down_and_waiting_helps(here: World) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(NotSignedIn):
            await here.crm.sign_in.sign_in("ada", "guess")
    with pytest.raises(TooManyAttempts) as stopped:
        await here.crm.sign_in.sign_in("ada", PASSWORD)
    here.clock.passes(seconds=stopped.value.retry_after)
    await here.crm.sign_in.sign_in("ada", PASSWORD)
    # The right password starts the count anew.
    with pytest.raises(NotSignedIn):
        await here.crm.sign_in.sign_in("ada", "guess")


async def test_guesses_at_the_same_moment_count_as_well(here: World) -> None:
    tries = [here.crm.sign_in.sign_in("ada", f"guess {i}") for i in range(20)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, NotSignedIn) for answer in answers) == FREE_TRIES
    assert sum(isinstance(answer, TooManyAttempts) for answer in answers) == 20 - FREE_TRIES


async def test_an_address_that_guesses_many_logins_is_slowed_down(here: World) -> None:
    for i in range(FREE_TRIES):
        with pytest.raises(NotSignedIn):
            await here.crm.sign_in.sign_in(f"user{i}", "guess", address="10.0.0.9")
    with pytest.raises(TooManyAttempts):
        await here.crm.sign_in.sign_in("ada", PASSWORD, address="10.0.0.9")
    await here.crm.sign_in.sign_in("ada", PASSWORD, address="10.0.0.10")


async def test_a_good_account_does_not_wash_off_the_guesses_of_its_address(here: World) -> None:
    for i in range(FREE_TRIES - 1):
        with pytest.raises(NotSignedIn):
            await here.crm.sign_in.sign_in(f"user{i}", "guess", address="10.0.0.9")
    await here.crm.sign_in.sign_in("ada", PASSWORD, address="10.0.0.9")
    with pytest.raises(NotSignedIn):
        await here.crm.sign_in.sign_in("user9", "guess", address="10.0.0.9")
    with pytest.raises(TooManyAttempts):
        await here.crm.sign_in.sign_in("user10", "guess", address="10.0.0.9")


async def test_a_user_who_is_no_longer_active_is_out_at_once(here: World) -> None:
    await here.crm.people.update_user(here.ada, here.eva.id, {"password": PASSWORD})
    session = await here.crm.sign_in.sign_in("eva", PASSWORD)
    token = await here.crm.sign_in.create_token(here.ada, "t", user_id=here.eva.id)
    assert token.secret is not None
    await here.crm.people.update_user(here.ada, here.eva.id, {"active": False})
    assert await here.crm.people.actor_of_session(session.token) is None
    assert await here.crm.people.actor_of_token(token.secret) is None
    with pytest.raises(NotSignedIn):
        await here.crm.sign_in.sign_in("eva", PASSWORD)


async def test_a_new_password_signs_out_everywhere(here: World) -> None:
    session = await here.crm.sign_in.sign_in("ada", PASSWORD)
    await here.crm.people.update_user(here.ada, here.ada.id, {"password": "another password"})
    assert await here.crm.people.actor_of_session(session.token) is None
    await here.crm.sign_in.sign_in("ada", "another password")


async def test_a_token_acts_as_its_user_until_revoked(here: World) -> None:
    token = await here.crm.sign_in.create_token(here.eva, "import script")
    assert token.secret is not None
    actor = await here.crm.people.actor_of_token(token.secret)
    assert actor is not None
    assert (actor.id, actor.role) == (here.eva.id, here.eva.role)
    (listed,) = await here.crm.sign_in.list_tokens(here.eva)
    assert listed.secret is None
    assert listed.used_at == here.clock.now
    await here.crm.sign_in.revoke_token(here.eva, token.id)
    assert await here.crm.people.actor_of_token(token.secret) is None


async def test_tokens_of_others_are_for_administrators(here: World) -> None:
    with pytest.raises(Forbidden):
        await here.crm.sign_in.create_token(here.eva, "t", user_id=here.ada.id)
    token = await here.crm.sign_in.create_token(here.ada, "t")
    assert await here.crm.sign_in.list_tokens(here.eva) == ()
    with pytest.raises(NotFound):
        await here.crm.sign_in.revoke_token(here.eva, token.id)
    with pytest.raises(Invalid):
        await here.crm.sign_in.create_token(here.eva, " ")


def test_the_password_of_unknown_users_costs_what_the_others_cost() -> None:
    assert not PasswordHasher().check_needs_rehash(secrets._NOBODYS)
    assert not Passwords().matches(None, PASSWORD)
