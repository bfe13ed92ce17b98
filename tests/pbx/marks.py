"""How tests are marked in which a browser telephones through the real PBX."""

import pytest


def telephones(seconds: int, *more: pytest.MarkDecorator) -> list[pytest.MarkDecorator]:
    """Each test has so long. House and browser are one for all tests of the module."""
    return [
        pytest.mark.pbx,
        pytest.mark.browser,
        pytest.mark.slow,
        pytest.mark.timeout(seconds),
        pytest.mark.asyncio(loop_scope="module"),
        *more,
    ]
