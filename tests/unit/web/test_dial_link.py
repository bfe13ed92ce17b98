"""Links `tel:` (RFC 3966) as other pages and programs write them."""

import pytest

from web.handlers.dial_link import number_of


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("tel:+420777123456", "+420777123456"),
        ("TEL:777-123-456", "777-123-456"),
        ("tel:%2B420777123456;phone-context=cz", "+420777123456"),
        ("tel:777%20123%20456", "777 123 456"),
        ("777 123 456", "777 123 456"),
        ("tel:", ""),
        ("", ""),
        ("tel:777\r\nX: 1", "777X: 1"),
        ("tel:<script>", "<script>"),
        ("tel:" + "7" * 500, "7" * 100),
    ],
)
def test_what_a_link_asks_to_dial(link: str, number: str) -> None:
    assert number_of(link) == number
