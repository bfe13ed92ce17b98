import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from crm.app import Crm, open_crm
from crm.clients.models import CardType
from crm.clients.views import CardFilter
from crm.errors import Conflict
from crm.people.permissions import Actor
from crm.telephony.views import CallFilter
from hovorna.sample import FILE, load_sample, sample_info
from tests.unit.crm.world import CHEAP, Clock, FakeTelephony, counted

NOW = datetime(2026, 3, 4, 13, 37, tzinfo=UTC)


async def sampled(folder: Path, now: datetime = NOW) -> tuple[Crm, Actor]:
    crm = await open_crm(Settings(data=folder), FakeTelephony(), Clock(now), counted, CHEAP)
    await load_sample(crm, now, counted, CHEAP)
    return crm, await crm.sign_in.actor_by_login("admin")


async def names(crm: Crm, actor: Actor, type_: CardType) -> list[str]:
    page = await crm.clients.list_cards(actor, type_, CardFilter(order="name"), limit=200)
    return [card.name for card in page.items]


async def test_the_company_is_as_the_documentation_says(tmp_path: Path) -> None:
    crm, ada = await sampled(tmp_path)
    info = await sample_info(crm)
    assert [phone.extension for phone in info.phones] == [str(n) for n in range(101, 111)]
    assert all(phone.user == phone.extension and phone.password for phone in info.phones)
    assert [line.name for line in info.lines] == ["line1", "line2"]
    directory = await crm.lines.pbx_directory()
    assert [line.ring for line in directory.lines] == [
        ("101", "102"),
        ("105", "106", "107", "108", "109", "110"),
    ]
    assert {line.mode for line in directory.lines} == {"accept"}
    assert {line.ring_seconds for line in directory.lines} == {25}
    groups = {e.number: e.pickup_group for e in directory.extensions}
    assert len({groups[number] for number in ("101", "102", "103", "104")}) == 1
    assert groups["105"] is None
    assert {e.default_line for e in directory.extensions} == {"line1"}
    assert len(await crm.people.list_departments(ada)) == 3
    total = [(await crm.clients.list_cards(ada, t)).total for t in list(CardType)[1:]]
    assert sum(total) == 300
    await crm.close()


async def test_there_is_history_and_something_to_do(tmp_path: Path) -> None:
    crm, ada = await sampled(tmp_path)
    calls = await crm.calls.list_calls(ada, limit=200)
    assert calls.total > 500
    assert all(call.ended_at and call.ended_at < NOW for call in calls.items)
    assert any(call.transfers for call in calls.items)
    for outcome in ("answered", "missed", "busy", "no_answer"):
        assert (await crm.calls.list_calls(ada, CallFilter(outcome=outcome))).total > 5
    assert await crm.missed.count(ada) >= 3
    leads = await crm.clients.list_cards(ada, CardType.LEAD, limit=200)
    assert len({lead.status.code for lead in leads.items if lead.status}) >= 4
    assert {lead.source for lead in leads.items} >= {"call", "web"}
    contact = next(c for call in calls.items for c in call.cards if c.card.type == "contact")
    timeline = await crm.timeline.timeline(ada, contact.card.id)
    assert any(item.story for item in timeline.items)
    await crm.close()


async def test_it_is_the_same_company_every_time_and_its_secrets_are_not(tmp_path: Path) -> None:
    people, secrets = [], []
    for name, now in (("one", NOW), ("two", NOW + timedelta(days=100))):
        crm, ada = await sampled(tmp_path / name, now)
        people.append([await names(crm, ada, t) for t in (CardType.CONTACT, CardType.COMPANY)])
        secrets.append((await sample_info(crm)).phones[0].password)
        await crm.close()
    assert people[0] == people[1]
    assert secrets[0] != secrets[1]


async def test_loading_it_again_changes_nothing(tmp_path: Path) -> None:
    crm, ada = await sampled(tmp_path)
    before = await sample_info(crm)
    calls = (await crm.calls.list_calls(ada)).total
    assert await load_sample(crm, NOW + timedelta(days=3)) == before
    assert (await crm.calls.list_calls(ada)).total == calls
    await crm.close()


async def test_what_it_tells_lets_one_in(tmp_path: Path) -> None:
    crm, _ = await sampled(tmp_path)
    info = await sample_info(crm)
    await crm.sign_in.sign_in(info.admin_login, info.admin_password)
    actor = await crm.people.actor_of_token(info.admin_token)
    assert actor is not None
    assert actor.extensions == ("101",)
    for login in info.employees:
        await crm.sign_in.sign_in(login.login, login.password)
    # Whoever looks around is not stopped to choose a password.
    assert not any(person.password_once for person in crm.directory.people.values())
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    await crm.close()


async def test_a_load_that_was_killed_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = await open_crm(Settings(data=tmp_path), FakeTelephony(), Clock(NOW), counted, CHEAP)

    async def killed(_events: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(crm.journal, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        await load_sample(crm, NOW, counted, CHEAP)
    await crm.close()
    monkeypatch.undo()
    crm, ada = await sampled(tmp_path, NOW + timedelta(minutes=5))
    assert (await crm.calls.list_calls(ada)).total > 500
    assert len(await names(crm, ada, CardType.COMPANY)) == 60
    await crm.close()


async def test_it_is_not_poured_over_a_real_company(tmp_path: Path) -> None:
    crm = await open_crm(Settings(data=tmp_path), FakeTelephony(), Clock(NOW), counted, CHEAP)
    await crm.people.create_user(
        None, {"login": "boss", "name": "Boss", "role": "administrator", "password": "x" * 12}
    )
    with pytest.raises(Conflict):
        await load_sample(crm, NOW, counted, CHEAP)
    with pytest.raises(Conflict):
        await sample_info(crm)
    assert len(crm.directory.people) == 1
    await crm.close()
