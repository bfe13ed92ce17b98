"""Templates, catalogues, formats and stories: what needs no browser to be seen."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.unit.web.house import House
from web.faults import FAULTS, say_fault
from web.formats import Formats, locale_of
from web.rendering import LANGUAGES, LOCALE, SOURCE_LANGUAGE, load_catalogue

WEB = Path(__file__).parents[3] / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
KEYWORDS = {
    "_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "N_": None,
    "text_of": (2,),
}  # fmt: skip
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def texts_of_the_code() -> set[tuple[str | None, str | tuple[str, ...]]]:
    """Context and text of everything that is to be translated."""
    with (LOCALE / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        WEB.parent / "web",
        [(pattern.removeprefix("web/"), method) for pattern, method in methods],
        {pattern.removeprefix("web/"): values for pattern, values in options.items()},
        keywords=KEYWORDS,
    )
    return {(context, message) for _, _, message, _, context in found}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != SOURCE_LANGUAGE])
def test_a_catalogue_has_every_text(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    wanted = texts_of_the_code()
    assert len(wanted) > 400
    missing = [text for context, text in wanted if _translation(catalogue, text, context) is None]
    assert missing == []
    known = {(message.context or None, message.id) for message in catalogue if message.id}
    assert known - wanted == set(), "texts that the code has no more"


def _translation(catalogue: object, text: str | tuple[str, ...], context: str | None) -> str | None:
    message = catalogue.get(text, context)  # type: ignore[attr-defined]
    if message is None or message.fuzzy:
        return None
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    return said[0] if all(said) else None


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != SOURCE_LANGUAGE])
def test_a_translation_is_filled_with_the_same_values(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in catalogue:
        source = message.id if isinstance(message.id, str) else message.id[-1]
        said = (message.string,) if isinstance(message.string, str) else message.string or ()
        for text in said:
            assert _holes(text) == _holes(source), text


def _holes(text: str) -> list[str]:
    return sorted(re.findall(r"%(?:\(\w+\))?s", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_template_obeys_the_content_security_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text), "inline style"
    assert not re.search(r"\son[a-z]+=", text), "inline handler"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "inline script"
    assert "|safe" not in text.replace(" ", ""), "unescaped value"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_what_a_template_leaves_to_fill_has_a_name(path: Path) -> None:
    """Jinja fills every text, with {} where a bare %s was meant for a script."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"_\(\"[^\"]*%[sd]", text)


async def test_every_template_compiles(house: House) -> None:
    app = house.client.app
    assert app is not None
    environment = next(value for key, value in app.items() if "jinja_cs" in str(key))
    names = environment.list_templates(extensions=["html"])
    assert len(names) > 40
    for name in names:
        environment.get_template(name)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["5 min ago", "23 Nov", "13:55", "Monday 23 November", "12,345"]),
        ("cs", ["před 5 min", "23. 11.", "13:55", "Pondělí 23. listopadu", "12\xa0345"]),
    ],
)
def test_times_and_numbers_are_said_by_language_and_zone(language: str, said: list[str]) -> None:
    fmt = Formats(locale_of(language, "CZ"), ZoneInfo("Europe/Prague"), "CZ", NOW)
    at = NOW - timedelta(minutes=5)
    shown = [fmt.relative(at), fmt.short_date(at), fmt.clock(at), fmt.day(at), fmt.number(12345)]
    assert shown == said


def test_a_day_ends_at_the_readers_midnight() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # half past midnight in Prague
    prague = Formats("cs", ZoneInfo("Europe/Prague"), "CZ", NOW)
    london = Formats("cs", ZoneInfo("Europe/London"), "CZ", NOW)
    assert (prague.days_ago(late), london.days_ago(late)) == (0, 1)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+420777123456", "777 123 456"),
        ("+390612345678", "+39 06 1234 5678"),
        ("101", "101"),
        ("*11", "*11"),
    ],
)
def test_numbers_of_the_country_lose_their_prefix(number: str, shown: str) -> None:
    assert Formats("cs", ZoneInfo("Europe/Prague"), "CZ", NOW).phone(number) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (75, "1:15"), (3675, "1:01:15"), (None, "0:00")]
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert Formats.duration(seconds) == shown


def test_faults_of_services_are_said_in_czech() -> None:
    czech = load_catalogue("cs").gettext
    assert say_fault("must not be empty", czech) == "Nesmí být prázdné."
    assert say_fault("must have 10 to 200 characters", czech) == "Musí mít 10 až 200 znaků."
    too_large = "The body is larger than the 1000000 bytes allowed."
    assert say_fault(too_large, czech) == "Najednou se dá poslat nejvýš 1000000 bajtů."
    assert say_fault("Nobody has heard of this", czech) == "Nobody has heard of this."


def test_every_fault_of_the_services_is_in_the_catalogues() -> None:
    """Texts of Invalid, Conflict, Forbidden and LimitReached in `crm`, as they are written."""
    patterns = [re.escape(text).replace("%s", ".+") for text in FAULTS]
    unknown = [
        text
        for path in (WEB.parent / "crm").rglob("*.py")
        for text in _faults_in(path.read_text(encoding="utf-8"))
        if not any(re.fullmatch(pattern, text) for pattern in patterns)
    ]
    assert [text for text in unknown if text not in FOR_PROGRAMS] == []


# Of values that only a program can send.
FOR_PROGRAMS = {
    "must be a list", "must be from 1 to X", "must have at most X items", "must be 1 to X",
    "must be at most X names with values", "is not a field of this",
    "a note belongs to a card or a call",
    "must be assign, status, delete or restore", "must be another status",
    "must be text, a number, true or false", "names must have 1 to 50 characters",
    "A status of this name exists already", "Converted leads need this status",
    "Two leads of one number would be open", "One status must stay open: new leads get it",
}  # fmt: skip


def _faults_in(source: str) -> list[str]:
    """The last string of each fault; what is filled in is an X."""
    found = re.findall(
        r"""(?:Invalid\(\{[^:}]+:\s*|fault\([^,()]+,\s*|Conflict\(|Forbidden\(|LimitReached\()"""
        r"""f?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""",
        source,
    )
    texts = [double or single for double, single in found]
    return [
        re.sub(r"\{[^{}]*\}", "X", text).replace('\\"', '"').replace("\\\\", "\\")
        for text in texts
        if text
    ]
