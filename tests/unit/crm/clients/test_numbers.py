import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.clients.numbers import (
    country_of,
    international,
    is_e164,
    national,
    normalize,
    significant,
)

COUNTRIES = ("CZ", "SK", "DE", "IT", "GB", "US", "FR", "PL", "HU", "RU", "AU", "BR")


@pytest.mark.parametrize(
    "typed",
    [
        "777 123 456",
        "+420 777/123-456",
        "00420777123456",
        "(0777) 123456 ext. 12",
        "420777123456",
        "0777 123 456",
        "+420 (0)777 123 456",
        "tel:+420777123456",
        "sip:+420777123456@pbx.example",
        "777-123-456 klapka 5",
        "777.123.456 x12",
        "\u00a0777\u00a0123\u00a0456 ",
    ],
)
def test_a_number_typed_in_any_usual_way_is_the_same_number(typed: str) -> None:
    assert normalize(typed, "CZ") == "+420777123456"


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("06 698 12345", "IT", "+390669812345"),
        ("+39 06 698 12345", "CZ", "+390669812345"),
        ("0039 06 698 12345", "CZ", "+390669812345"),
        ("030 1234567", "DE", "+49301234567"),
        ("+49 (0)30 1234567", "CZ", "+49301234567"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("1 212 555 2368", "US", "+12125552368"),
        ("8 495 123-45-67", "RU", "+74951234567"),
        ("02/2111 1111", "SK", "+421221111111"),
    ],
)
def test_each_country_has_its_own_prefix_and_zero(typed: str, country: str, number: str) -> None:
    assert normalize(typed, country) == number


@pytest.mark.parametrize(
    "typed",
    ["", "101", "40", "*11", "*101#", "112", "158", "14111", "anonymous", "Restricted", "+", "0000",
     "unavailable", "<script>", "777123456; DROP TABLE cards", "1" * 40, "7" * 300, "\x00", "٣٤٥"],
)  # fmt: skip
def test_extensions_short_codes_and_words_are_no_clients(typed: str) -> None:
    assert normalize(typed, "CZ") is None


@given(st.text(max_size=120), st.sampled_from(COUNTRIES))
def test_whatever_is_sent_is_e164_or_nothing(text: str, country: str) -> None:
    number = normalize(text, country)
    assert number is None or is_e164(number)


def _example(country: str, digits: str) -> phonenumbers.PhoneNumber | None:
    """A valid number of the country with these last digits, if its plan has one."""
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        return None
    significant_ = phonenumbers.national_significant_number(example)
    number = f"+{example.country_code}{significant_[: -len(digits)]}{digits}"
    parsed = phonenumbers.parse(number, None)
    return parsed if phonenumbers.is_valid_number(parsed) else None


@given(
    st.sampled_from(COUNTRIES),
    st.text(alphabet="0123456789", min_size=3, max_size=4),
    st.sampled_from(COUNTRIES),
)
def test_all_ways_of_writing_a_valid_number_agree(here: str, digits: str, there: str) -> None:
    parsed = _example(there, digits)
    if parsed is None:
        return
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    foreign = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    local = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    for written in (number, foreign, f"00{number[1:]}", f"tel:{number}"):
        assert normalize(written, here) == number
    assert normalize(local, there) == number
    # Once normalised, nothing changes any more.
    assert normalize(number, here) == number


def test_people_read_their_own_country_without_its_prefix() -> None:
    assert national("+420777123456", "CZ") == "777 123 456"
    assert national("+420777123456", "DE") == "+420 777 123 456"
    assert international("+420777123456") == "+420 777 123 456"
    assert national("not a number", "CZ") == "not a number"


def test_italy_keeps_its_zero_in_the_significant_digits() -> None:
    assert significant("+390669812345") == "0669812345"
    assert significant("+420777123456") == "777123456"


def test_the_country_of_a_number() -> None:
    assert country_of("+420777123456") == "CZ"
    assert country_of("+12125552368") == "US"
    assert country_of("+881612345678") is None
    assert country_of("nonsense") is None
