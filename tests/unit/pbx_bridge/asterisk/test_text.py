"""What people type, on its way into Asterisk's files."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.asterisk import text
from pbx_bridge.asterisk.errors import DirectoryError


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Eva Malá", "Eva Malá"),
        ('Jan "Honza" Novák', "Jan 'Honza' Novák"),
        ("a;b\\c", "a,b/c"),
        ("<script>alert(1)</script>", "‹script›alert(1)‹/script›"),
        ("Eva\r\nAction: Originate", "Eva Action: Originate"),
        ("nul\0here", "nul here"),
        ("  spaced \t out ", "spaced out"),
        ("smile 😀 here", "smile 😀 here"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_a_name_is_made_fit_for_a_display(typed: str, shown: str) -> None:
    assert text.display_name(typed) == shown


def test_a_name_of_300_letters_is_cut_to_what_asterisk_keeps() -> None:
    assert text.display_name("x" * 300) == "x" * 60
    assert len(text.display_name("č" * 300).encode()) <= 79


@given(st.text(max_size=400))
def test_no_name_can_leave_its_quotes_or_its_line(name: str) -> None:
    shown = text.display_name(name)
    assert not set(shown) & set('"\\;<>\r\n\0')
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in shown)
    assert len(shown.encode()) <= 79


@pytest.mark.parametrize("number", ["101", "10", "999999"])
def test_an_extension_is_digits(number: str) -> None:
    assert text.extension_digits(number) == number


@pytest.mark.parametrize(
    "number", ["", "1", "1234567", "10a", "101\n", "١٠١", "101,1", "_X.", "-101", "1 01"]
)
def test_what_is_no_extension_is_refused(number: str) -> None:
    with pytest.raises(DirectoryError, match="2 to 6 digits"):
        text.extension_digits(number)


@pytest.mark.parametrize("name", ["line1", "Praha-2", "a"])
def test_a_line_is_named_with_letters_digits_and_hyphens(name: str) -> None:
    assert text.line_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "101", "1-01", "-a", "a-", "a_b", "a b", "a]\n[b", "a" * 33, "á", "line1\n"]
)
def test_what_is_no_line_name_is_refused(name: str) -> None:
    with pytest.raises(DirectoryError, match="name must be"):
        text.line_name(name)


@pytest.mark.parametrize("number", ["", "420222333444", "+0222", "+42022233344455667", "+420a"])
def test_what_is_not_e164_is_refused(number: str) -> None:
    with pytest.raises(DirectoryError, match="line 'line1'"):
        text.e164_digits(number, "line1")


@pytest.mark.parametrize("host", ["sip.example.com", "192.0.2.1:5070", "[2001:db8::1]:5060"])
def test_a_provider_is_a_host_with_or_without_a_port(host: str) -> None:
    assert text.sip_host(host, "line1") == host


@pytest.mark.parametrize(
    "host", ["", "a b", "host:", "host:99999", "host:0", "h;x", "a@b", "-x", "a\n", "::1"]
)
def test_what_is_no_provider_is_refused(host: str) -> None:
    with pytest.raises(DirectoryError, match="HOST or HOST:PORT"):
        text.sip_host(host, "line1")


def test_a_semicolon_in_a_password_is_no_comment() -> None:
    assert text.password("a;b", "extension 101") == "a\\;b"


@pytest.mark.parametrize("secret", ["", " qqq", "qqq ", "q\nq", "q\0", "x" * 129, "\x7f"])
def test_a_password_that_no_file_can_hold_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(DirectoryError, match="extension 101") as refused:
        text.password(secret, "extension 101")
    assert not secret or secret.strip(" ") not in str(refused.value)


def test_groups_named_differently_stay_different() -> None:
    names = ["sales", "obchod č. 2", "a,b", "a b", "", "[x]"]
    groups = [text.group_name(name) for name in names]
    assert len(set(groups)) == len(names)
    assert groups[0] == "sales"
    assert not any(set(group) & set(",;[]\n ") for group in groups)
