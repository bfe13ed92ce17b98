import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from crm.clients import search
from crm.clients.models import Card, CardType
from crm.people.models import Line
from crm.telephony.models import Call, CallEvent, MissedCall, Recording
from pbx_bridge.calls.events import CallEvent as Told
from pbx_bridge.calls.events import Outcome, Party, Side
from tests.unit.crm.telephony.company import EVA, NOON, PETR, Company, Story, company


@pytest.fixture
async def firm(tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path) as made:
        yield made


async def missed_open(firm: Company) -> int:
    statement = select(func.count()).select_from(MissedCall).where(MissedCall.cleared_at.is_(None))
    return await firm.db.read(lambda s: s.scalar(statement) or 0)


async def test_an_unknown_caller_becomes_a_lead_while_it_rings(firm: Company) -> None:
    story = Story("main-1")
    await firm.journal.append([story.inbound(name="Jan Novotný")])
    (lead,) = await firm.cards()
    assert (lead.type, lead.name, lead.is_open) == (CardType.LEAD, "Jan Novotný", True)
    assert lead.title == "Call from +420 777 123 456"
    assert lead.responsible_id == EVA
    call = await firm.call("main-1")
    assert (call.number, call.state) == ("+420777123456", "ringing")
    assert [(item.card.id, item.attached) for item in call.cards] == [(lead.id, True)]
    assert firm.types() == ["call.started", "lead.created"]


async def test_the_lead_of_a_call_is_found_by_its_number(firm: Company) -> None:
    await firm.journal.append([Story("main-1").inbound()])
    needles = search.query_words("777 123 456")
    where = search.matching("sqlite", CardType.LEAD, needles)
    query = select(search.search_key("sqlite")).select_from(search.CARD_SEARCH).where(where)
    (lead,) = await firm.cards()
    assert await firm.db.read(lambda s: list(s.scalars(query))) == [lead.id]


async def test_the_whole_answered_call(firm: Company) -> None:
    await firm.journal.append(Story("main-1").answered_inbound())
    call = await firm.call("main-1")
    assert (call.state, call.outcome, call.ended_by_side) == ("ended", "answered", "client")
    assert (call.wait_seconds, call.talk_seconds) == (4, 26)
    assert call.answered_by is not None
    assert (call.answered_by.extension, call.answered_by.name) == ("102", "Petr Novák")
    parties = {party.person.name or party.person.number for party in call.parties}
    assert parties == {"+420777123456", "Petr Novák"}
    assert [recording.state for recording in call.recordings] == ["pending"]
    (lead,) = await firm.cards()
    assert lead.responsible_id == PETR  # who answered
    assert await missed_open(firm) == 0


async def test_who_rings_is_told_with_the_call(firm: Company) -> None:
    story = Story("main-1")
    await firm.journal.append([story.inbound(), story.rings(Party(extension="101"), 1)])
    ringing = firm.published[-2].data["call"]["ringing"]
    assert [person["extension"] for person in ringing] == ["101"]
    assert firm.published[0].audience.users == {EVA, PETR}


@pytest.mark.parametrize("seed", range(5))
async def test_the_order_and_doubles_of_batches_change_nothing(firm: Company, seed: int) -> None:
    chance = random.Random(seed)
    events: list[Told] = Story("main-1").answered_inbound()
    scattered = events + chance.sample(events, 5)
    chance.shuffle(scattered)
    while scattered:
        size = chance.randint(1, 4)
        await firm.journal.append(scattered[:size])
        del scattered[:size]
        if chance.random() < 0.3:
            firm.again()
    call = await firm.call("main-1")
    assert (call.outcome, call.wait_seconds, call.talk_seconds) == ("answered", 4, 26)
    assert len(call.parties) == 2
    assert len(call.recordings) == 1
    assert len(await firm.cards()) == 1
    assert await missed_open(firm) == 0
    stored = await firm.db.read(lambda s: s.scalar(select(func.count()).select_from(CallEvent)))
    assert stored == len(events)


async def test_a_batch_twice_is_published_once(firm: Company) -> None:
    events = Story("main-1").answered_inbound()
    await firm.journal.append(events)
    count = len(firm.published)
    await firm.journal.append(events)
    await firm.again().append(events)
    assert len(firm.published) == count


async def test_a_known_number_makes_no_lead(firm: Company) -> None:
    contact = await firm.contact("Alena Dvořáková", "+420777123456")
    await firm.journal.append(Story("main-1").answered_inbound("+420 777/123-456"))
    assert [card.id for card in await firm.cards()] == [contact]
    call = await firm.call("main-1")
    assert [item.card.name for item in call.cards] == ["Alena Dvořáková"]


async def test_open_work_comes_before_clients_and_newest_first(firm: Company) -> None:
    number = "+420777123456"
    company_card = await firm.contact("Firma", number, kind="company")
    older = await firm.contact("Jan", number, active_at=NOON - timedelta(days=9))
    lead = await firm.contact(
        "Poptávka", number, kind="lead", is_open=True, active_at=NOON - timedelta(days=30)
    )
    lost = await firm.contact("Stará", number, kind="lead", is_open=False)
    deleted = await firm.contact("Pryč", number, deleted_at=NOON)
    await firm.journal.append([Story("main-1").inbound()])
    call = await firm.call("main-1")
    attached = [item.card.id for item in call.cards if item.attached]
    assert attached == [lead]
    assert {item.card.id for item in call.cards} == {company_card, older, lead, lost}
    assert deleted not in {item.card.id for item in call.cards}


async def test_two_calls_at_once_from_one_new_number_make_one_lead(firm: Company) -> None:
    await firm.journal.append([Story("main-1").inbound(), Story("main-2").inbound()])
    (lead,) = await firm.cards()
    for key in ("main-1", "main-2"):
        assert [item.card.id for item in (await firm.call(key)).cards] == [lead.id]
    assert firm.types().count("lead.created") == 1


@pytest.mark.parametrize("number", ["+420222333444", "101", "158", "anonymous", ""])
async def test_own_numbers_and_short_codes_are_never_clients(firm: Company, number: str) -> None:
    await firm.journal.append(Story("main-1").missed_inbound(number))
    assert await firm.cards() == []
    assert (await firm.call("main-1")).cards == ()


async def test_a_withheld_number_makes_a_call_and_no_lead(firm: Company) -> None:
    await firm.journal.append(Story("main-1").missed_inbound("777123456", withheld=True))
    call = await firm.call("main-1")
    assert (call.number, call.withheld, call.outcome) == (None, True, "missed")
    assert await firm.cards() == []
    assert await missed_open(firm) == 1


async def test_a_line_may_want_leads_of_withheld_numbers(firm: Company) -> None:
    await firm.db.write(lambda s: s.execute(update(Line).values(lead_for_withheld=True)))
    await firm.db.read(firm.directories.renew)
    for key in ("main-1", "main-2"):
        await firm.journal.append(Story(key).missed_inbound(None, withheld=True))
    assert [card.name for card in await firm.cards()] == ["Call from a withheld number"] * 2


async def test_an_outbound_call_makes_its_lead_when_the_client_is_called(firm: Company) -> None:
    story = Story("main-1")
    await firm.journal.append([story.outbound("777123456")])
    assert await firm.cards() == []
    await firm.journal.append([story.rings(Party(number="777123456", line="line1"), 1)])
    (lead,) = await firm.cards()
    assert lead.title == "Call to +420 777 123 456"
    assert lead.responsible_id == EVA


async def test_a_click_that_the_employee_refused_makes_no_lead(firm: Company) -> None:
    story = Story("main-1")
    eva = Party(extension="101")
    await firm.journal.append(
        [
            story.outbound("777123456"),
            story.rings(eva, 0),
            story.stops(eva, 3, "rejected"),
            story.ends(3, Outcome.FAILED, Side.COMPANY),
        ]
    )
    assert await firm.cards() == []


async def test_a_missed_call_is_cleared_by_calling_back(firm: Company) -> None:
    await firm.journal.append(Story("main-1").missed_inbound())
    assert await missed_open(firm) == 1
    back = Story("main-2", NOON + timedelta(minutes=5))
    client = Party(number="+420777123456", line="line1")
    await firm.journal.append([back.outbound("+420777123456"), back.answers(client, 5)])
    assert await missed_open(firm) == 0
    row = await firm.db.read(lambda s: s.scalars(select(MissedCall)).one())
    assert row.cleared_by_id == EVA
    assert firm.types().count("missed.raised") == firm.types().count("missed.cleared") == 1


async def test_reaching_the_client_on_another_number_of_the_card_clears(firm: Company) -> None:
    await firm.contact("Alena", "+420777123456", "+420602111222")
    await firm.journal.append(Story("main-1").missed_inbound())
    again = Story("main-2", NOON + timedelta(minutes=5)).answered_inbound("602111222")
    await firm.journal.append(again)
    assert await missed_open(firm) == 0


async def test_a_missed_call_learnt_after_the_client_was_reached_is_done(firm: Company) -> None:
    later = Story("main-2", NOON + timedelta(minutes=5)).answered_inbound()
    await firm.journal.append(later)
    await firm.journal.append(Story("main-1").missed_inbound())
    assert await missed_open(firm) == 0


async def test_an_end_assumed_missed_gives_way_to_the_truth(firm: Company) -> None:
    story = Story("main-1")
    events = story.answered_inbound()
    lost = story.ends(10, Outcome.MISSED, Side.PBX, assumed=True)
    await firm.journal.append([*events[:3], lost])
    assert await missed_open(firm) == 1
    await firm.journal.append(events[3:])
    call = await firm.call("main-1")
    assert (call.outcome, call.talk_seconds, call.assumed) == ("answered", 26, False)
    assert await missed_open(firm) == 0


async def test_a_merged_call_is_part_of_the_other(firm: Company) -> None:
    consult = Story("main-2")
    await firm.journal.append([consult.inbound("602111222"), *consult.records("c.1", 1)])
    main = Story("main-1")
    await firm.journal.append([*main.answered_inbound(), main.merges("main-2", 10)])
    call = await firm.call("main-1")
    assert {recording.id for recording in call.recordings} == {1, 2}
    other = await firm.db.read(lambda s: s.scalars(select(Call).where(Call.key == "main-2")).one())
    assert other.merged_into_id == call.id


async def test_events_of_a_call_that_was_merged_before_it_was_known(firm: Company) -> None:
    main = Story("main-1")
    await firm.journal.append([*main.answered_inbound(), main.merges("main-2", 10)])
    await firm.again().append(Story("main-2").missed_inbound("602111222"))
    assert await missed_open(firm) == 0
    assert [card.name for card in await firm.cards()] == ["+420 777 123 456"]


async def test_a_failing_batch_leaves_nothing_and_can_be_given_again(firm: Company) -> None:
    events = Story("main-1").answered_inbound()
    await firm.journal.append(events[:2])
    await firm.db.write(
        lambda s: s.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON call_parties "
                "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
            )
        )
    )
    with pytest.raises(Exception, match="disk is full"):
        await firm.journal.append(events[2:])
    assert (await firm.call("main-1")).state == "ringing"
    await firm.db.write(lambda s: s.execute(text("DROP TRIGGER full")))
    await firm.journal.append(events[2:])
    assert (await firm.call("main-1")).outcome == "answered"


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "'; DROP TABLE cards; --", "a\r\nb\x00c", "😀" * 40, "x" * 300],
)
async def test_an_untrusted_name_is_text(firm: Company, name: str) -> None:
    await firm.journal.append(Story("main-1").missed_inbound(name=name))
    (lead,) = await firm.cards()
    assert len(lead.name) <= 200
    assert not any(ord(c) < 32 for c in lead.name)
    assert await firm.db.read(lambda s: s.scalar(select(func.count()).select_from(Card))) == 1


async def test_a_recording_waits_for_its_files(firm: Company) -> None:
    story = Story("main-1")
    begun, finished = story.records("17.1", 4)
    await firm.journal.append([story.inbound(), begun])
    rows = await firm.db.read(lambda s: list(s.scalars(select(Recording))))
    assert [(row.channel, row.state) for row in rows] == [("17.1", "recording")]
    await firm.journal.append([finished])
    rows = await firm.db.read(lambda s: list(s.scalars(select(Recording))))
    assert [row.state for row in rows] == ["pending"]
