import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.clients.models import CardType
from crm.clients.search import query_words
from crm.clients.views import CardFilter
from crm.errors import Invalid
from crm.text import clean, clean_block, fold, words
from tests.unit.crm.world import World

CONTACT = CardType.CONTACT


async def found(here: World, q: str, type_: CardType = CONTACT) -> list[str]:
    page = await here.crm.clients.list_cards(here.eva, type_, CardFilter(q=q))
    assert page.total == len(page.items)
    return [card.name for card in page.items]


@pytest.mark.parametrize(
    "q",
    ["Malá", "mala", "MALA", "mal", "eva mal", "mal ev", "eva.mala@firma.cz", "firma",
     "777 123", "+420 777", "420777123456", "0777 123", "00420777", "3456", "123456"],
)  # fmt: skip
async def test_found_by_any_word_its_beginning_or_its_number(here: World, q: str) -> None:
    await here.card("Eva Malá", "777 123 456", emails=["eva.mala@firma.cz"])
    await here.card("Petr Velký", "608 999 888")
    assert await found(here, q) == ["Eva Malá"]


@pytest.mark.parametrize(
    "q",
    ['"', "'", "*", "()", "mal OR", 'mal" OR "x', "NEAR(mal eva)", "type:lead", "mal AND NOT eva",
     "\\", "%", "_", "mal:* x", "' | 'x':*", "a" * 5000, "\x00", "!", "🙂", "mal & !ivo"],
)  # fmt: skip
async def test_no_search_breaks_the_query_language(here: World, q: str) -> None:
    await here.card("Eva Malá", "777 123 456")
    assert await found(here, q) == []


async def test_the_index_follows_every_change(here: World) -> None:
    card = await here.card("Eva Malá", "777123456")
    await here.crm.clients.update_card(
        here.eva, CONTACT, card.id, {"name": "Eva Horká", "phones": [{"number": "608111222"}]}
    )
    assert await found(here, "mala") == []
    assert await found(here, "777123456") == []
    assert await found(here, "horka") == ["Eva Horká"]
    assert await found(here, "608111222") == ["Eva Horká"]


async def test_a_search_keeps_to_its_type_and_its_filters(here: World) -> None:
    await here.card("Eva Malá")
    await here.card("Eva Lead", type_="lead")
    assert await found(here, "eva", CardType.LEAD) == ["Eva Lead"]
    page = await here.crm.clients.list_cards(
        here.eva, CONTACT, CardFilter(q="eva", responsible=here.petr.id)
    )
    assert (page.total, page.items) == (0, ())


async def test_the_search_box_finds_all_types(here: World) -> None:
    await here.card("Eva Malá", "777123456")
    await here.card("Malá & syn", type_="company")
    assert [ref.name for ref in await here.crm.clients.quick_search(here.eva, "mal")] == [
        "Malá & syn",
        "Eva Malá",
    ]
    assert await here.crm.clients.quick_search(here.eva, " ") == ()


@pytest.mark.parametrize("order", [None, "name", "-name", "created", "-created", "-active"])
@pytest.mark.parametrize("q", ["", "card"])
async def test_every_card_is_on_exactly_one_page(here: World, order: str | None, q: str) -> None:
    for name in ("d", "a", "c", "b", "c", "a", "č"):
        await here.card(f"{name} card")
        here.clock.passes(minutes=1)
    seen: list[int] = []
    names: list[str] = []
    cursor = None
    wanted = CardFilter(q=q, order=order)
    while True:
        page = await here.crm.clients.list_cards(here.eva, CONTACT, wanted, limit=3, cursor=cursor)
        assert page.total == 7
        seen += [card.id for card in page.items]
        names += [fold(card.name) for card in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    if order in ("name", "-name"):
        assert names == sorted(names, reverse=order == "-name")
    else:
        assert seen == sorted(seen, reverse=order != "created")


@pytest.mark.parametrize(
    ("wanted", "limit", "cursor", "field"),
    [
        (CardFilter(order="shoe"), 10, None, "order"),
        (CardFilter(status="sold"), 10, None, "status"),
        (CardFilter(line="line9"), 10, None, "line"),
        (CardFilter(), 0, None, "limit"),
        (CardFilter(), 201, None, "limit"),
        (CardFilter(), 10, "bm9uc2Vuc2U", "cursor"),
        (CardFilter(), 10, "W1tdLDFd", "cursor"),
        (CardFilter(), 10, "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAsMV0", "cursor"),
        (CardFilter(q="x"), 10, "é", "cursor"),
    ],
)
async def test_nonsense_in_a_list_is_refused(
    here: World, wanted: CardFilter, limit: int, cursor: str | None, field: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        await here.crm.clients.list_cards(here.eva, CONTACT, wanted, limit=limit, cursor=cursor)
    assert list(wrong.value.fields) == [field]


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Žluťoučký KŮŇ", "zlutoucky kun"), ("Łódź", "lodz"), ("Straße", "strasse"), ("Øre", "ore")],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=300))
def test_needles_are_words_and_nothing_else(q: str) -> None:
    for group in query_words(q):
        assert group
        for word in group:
            assert words(word) == [word]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u200b \ufeff", ""),
        ("Eva \u202eálaM", "Eva álaM"),
        ("Ma\u00adlá", "Malá"),
        ("👩\u200d🔧 Eva", "👩\u200d🔧 Eva"),
        ("מיכל", "מיכל"),
    ],
    ids=["nothing", "backwards", "soft hyphen", "joined emoji", "written from the right"],
)
def test_what_nobody_sees_is_no_part_of_a_name(typed: str, kept: str) -> None:
    assert clean(typed, 100) == clean_block(typed, 100) == kept


@given(st.text(max_size=400))
def test_cleaned_text_is_one_line(text: str) -> None:
    cleaned = clean(text, 100)
    assert len(cleaned) <= 100
    assert not set(cleaned) & {"\r", "\n", "\x00", "\u2028"}
    cleaned.encode()
