"""What the two databases do in different ways, and must answer alike."""

import asyncio
from datetime import timedelta

import pytest

from crm.clients.models import CardType
from crm.clients.views import CardFilter
from crm.errors import Conflict, NotSignedIn, TooManyAttempts
from crm.people.models import Option
from crm.telephony.journal import CallJournal
from crm.telephony.rules import Rules
from crm.telephony.views import CallFilter
from recordings.ports import Source, StoredRecording
from tests.unit.crm.telephony.company import NOON, Story
from tests.unit.crm.world import PASSWORD, World

pytestmark = pytest.mark.database

LEAD, CONTACT = CardType.LEAD, CardType.CONTACT


def another_journal(here: World) -> CallJournal:
    """As of a second process: it shares nothing with the first but the database."""
    crm = here.crm
    return CallJournal(crm.db, crm.clock, crm.bus, crm.directories, Rules("CZ", "en"))


async def test_two_calls_at_the_same_moment_from_a_new_number_make_one_lead(here: World) -> None:
    journals = [another_journal(here) for _ in range(6)]
    stories = [Story(f"main-{i}").missed_inbound("777123456") for i in range(6)]
    await asyncio.gather(*(j.append(s) for j, s in zip(journals, stories, strict=True)))
    leads = await here.crm.clients.list_cards(here.ada, LEAD)
    assert leads.total == 1
    calls = await here.crm.calls.list_calls(here.ada)
    assert calls.total == 6
    assert {item.card.id for call in calls.items for item in call.cards} == {leads.items[0].id}


async def test_the_same_events_told_by_two_at_once_are_stored_once(here: World) -> None:
    story = Story("main-1").answered_inbound()
    await asyncio.gather(*(another_journal(here).append(story) for _ in range(4)))
    (call,) = (await here.crm.calls.list_calls(here.ada)).items
    assert len(await here.crm.calls.story(here.ada, call.id)) == len(story)
    assert (call.outcome, call.wait_seconds, call.talk_seconds) == ("answered", 4, 26)
    assert len(call.recordings) == 1


async def test_a_call_goes_from_ring_to_recording(here: World) -> None:
    card = await here.card("Eva Malá", "777 123 456")
    call_id = await here.happens(*Story("main-1").answered_inbound())
    await here.crm.catalogue.attach(
        StoredRecording(
            "main-1.1", 1, "main-1", "a.opus", 26.0, 9, "ab" * 32, b"\x00\xff", Source(None, None)
        )
    )
    call = await here.crm.calls.get_call(here.petr, call_id)
    assert call.started_at == NOON
    assert call.answered_at == NOON + timedelta(seconds=4)
    assert [item.card for item in call.cards] == [card.ref]
    assert call.recordings[0].peaks == b"\x00\xff"
    assert call.recordings[0].audible
    timeline = await here.crm.timeline.timeline(here.eva, card.id)
    assert {item.call.id for item in timeline.items if item.call} == {call_id}
    assert await here.crm.missed.count(here.ada) == 0


async def test_missed_calls_are_counted_and_cleared(here: World) -> None:
    for i in range(2):
        await here.happens(*Story(f"main-{i}", NOON + timedelta(minutes=i)).missed_inbound())
    (item,) = (await here.crm.missed.list_missed(here.eva)).items
    assert item.tries == 2
    await here.happens(*Story("main-9", NOON + timedelta(hours=1)).answered_inbound())
    assert await here.crm.missed.count(here.eva) == 0


@pytest.mark.parametrize("q", ["mala", "eva m", "777 12", "3456", "firma.cz", "ŽLUŤ", "zlut"])
async def test_search_finds_the_same(here: World, q: str) -> None:
    await here.card("Eva Malá Žluťoučká", "777 123 456", emails=["eva.m@firma.cz"])
    await here.card("Petr Velký", "608 999 888")
    page = await here.crm.clients.list_cards(here.eva, CONTACT, CardFilter(q=q))
    assert (page.total, [card.name for card in page.items]) == (1, ["Eva Malá Žluťoučká"])
    assert [ref.name for ref in await here.crm.clients.quick_search(here.eva, q)] == [
        "Eva Malá Žluťoučká"
    ]


@pytest.mark.parametrize("q", ["'", '"', "\\", "a:*", "x & | !", "'' OR", "%"])
async def test_no_search_breaks_the_query_language(here: World, q: str) -> None:
    assert (await here.crm.clients.list_cards(here.eva, CONTACT, CardFilter(q=q))).total == 0


NASTY = ("\x00", "a\x00b", "\ud800", "'; DROP TABLE cards; --", "<b>&amp;</b>", "🙂" * 40, "\r\n")


@pytest.mark.parametrize("nasty", NASTY)
async def test_no_text_breaks_a_database(here: World, nasty: str) -> None:
    card = await here.card(f"Eva {nasty}", comment=nasty, fields={"Note": nasty, f"x{nasty}": 1})
    found = await here.crm.clients.get_card(here.ada, CONTACT, card.id)
    assert found.name.startswith("Eva")
    await here.crm.notes.add(here.ada, f"Note {nasty}", card_id=card.id)
    for wanted in (CardFilter(q=nasty), CardFilter(source=nasty)):
        await here.crm.clients.list_cards(here.ada, CONTACT, wanted)
    for asked in (
        CallFilter(q=nasty),
        CallFilter(number=nasty),
        CallFilter(line=nasty),
        CallFilter(extension=nasty),
    ):
        assert (await here.crm.calls.list_calls(here.ada, asked)).total == 0
    assert (await here.crm.lookup.find(here.ada, nasty[:90])).cards == ()
    with pytest.raises(NotSignedIn):
        await here.crm.sign_in.sign_in(nasty, nasty, address=nasty, agent=nasty)
    events = Story("main-1").missed_inbound("608111222", name=nasty)
    call_id = await here.happens(*events)
    assert (await here.crm.calls.get_call(here.ada, call_id)).number == "+420608111222"
    assert await here.crm.calls.story(here.ada, call_id)
    strange = await here.happens(*Story("main-2").missed_inbound(nasty, name=nasty))
    assert (await here.crm.calls.get_call(here.ada, strange)).outcome == "missed"


@pytest.mark.parametrize("order", ["name", "-name", "created", "-active", None])
async def test_pages_follow_each_other(here: World, order: str | None) -> None:
    for name in ("d", "a", "c", "b", "c"):
        await here.card(name)
        here.clock.passes(seconds=1)
    wanted = CardFilter(order=order)
    first = await here.crm.clients.list_cards(here.eva, CONTACT, wanted, limit=3)
    second = await here.crm.clients.list_cards(
        here.eva, CONTACT, wanted, limit=3, cursor=first.next
    )
    names = [card.name for card in (*first.items, *second.items)]
    expected = ["c", "b", "c", "a", "d"]
    if order in ("name", "-name"):
        expected = sorted(expected, reverse=order == "-name")
    elif order == "created":
        expected.reverse()
    assert names == expected
    assert second.next is None


async def test_calls_are_found_by_number_and_time(here: World) -> None:
    for i in range(3):
        at = NOON + timedelta(minutes=i)
        await here.happens(*Story(f"main-{i}", at).missed_inbound(f"77700000{i}"))
    page = await here.crm.calls.list_calls(here.eva, CallFilter(q="777 000 00"), limit=2)
    rest = await here.crm.calls.list_calls(
        here.eva, CallFilter(q="777 000 00"), limit=2, cursor=page.next
    )
    assert [c.key for c in (*page.items, *rest.items)] == ["main-2", "main-1", "main-0"]
    since = CallFilter(since=NOON + timedelta(seconds=90))
    assert (await here.crm.calls.list_calls(here.eva, since)).total == 1


async def test_the_lookup_puts_open_work_first(here: World) -> None:
    contact = await here.card("Contact", "777123456")
    lead = await here.card("Lead", "777123456", type_="lead")
    here.clock.passes(minutes=1)
    newer = await here.card("Newer", "777123456", type_="company")
    found = await here.crm.lookup.find(here.eva, "777 123 456")
    assert found.cards == (lead.ref, newer.ref, contact.ref)
    call_id = await here.happens(*Story("main-1").missed_inbound())
    call = await here.crm.calls.get_call(here.ada, call_id)
    assert (call.cards[0].card, call.cards[0].attached) == (lead.ref, True)


async def test_a_lead_is_converted_once(here: World) -> None:
    call_id = await here.happens(*Story("main-1").missed_inbound())
    lead = (await here.crm.calls.get_call(here.ada, call_id)).cards[0].card
    tries = [here.crm.leads.convert(here.eva, lead.id) for _ in range(3)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 2
    call = await here.crm.calls.get_call(here.ada, call_id)
    assert [(i.card.type, i.attached) for i in call.cards] == [(CONTACT, True)]


async def test_an_open_lead_more_for_the_same_number_is_refused(here: World) -> None:
    call_id = await here.happens(*Story("main-1").missed_inbound())
    first = (await here.crm.calls.get_call(here.ada, call_id)).cards[0].card
    await here.crm.clients.delete_card(here.ada, LEAD, first.id)
    await here.happens(*Story("main-2").missed_inbound())
    with pytest.raises(Conflict):
        await here.crm.clients.restore_card(here.ada, LEAD, first.id)


async def test_changes_at_the_same_moment_are_not_lost_unknowingly(here: World) -> None:
    card = await here.card("Eva")
    tries = [
        here.crm.clients.update_card(
            here.ada, CONTACT, card.id, {"name": f"Eva {i}"}, version=card.version
        )
        for i in range(4)
    ]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 3
    assert (await here.crm.clients.get_card(here.ada, CONTACT, card.id)).version == 2


async def test_guesses_at_the_same_moment_count(here: World) -> None:
    tries = [here.crm.sign_in.sign_in("ada", f"guess {i}") for i in range(12)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(a, NotSignedIn | TooManyAttempts) for a in answers)
    with pytest.raises(TooManyAttempts):
        await here.crm.sign_in.sign_in("ada", PASSWORD)


async def test_times_and_json_come_back_as_they_went(here: World) -> None:
    moment = NOON + timedelta(microseconds=123_457)
    here.clock.now = moment
    card = await here.card("Eva", fields={"Size": "XL", "Count": 3, "VIP": True})
    found = await here.crm.clients.get_card(here.ada, CONTACT, card.id)
    assert found.created_at == moment
    assert found.fields == {"Size": "XL", "Count": 3, "VIP": True}
    option = Option(name="x", value=["a", None, {"b": 1.5}])
    await here.crm.db.write(lambda s: s.add(option))
    assert await here.crm.db.read(lambda s: s.get_one(Option, "x").value) == ["a", None, {"b": 1.5}]
