"""Fixtures for tests with the real PBX."""

import pytest

from pbx_bridge.asterisk.installation import Installation
from tests.pbx.harness import installation


@pytest.fixture(scope="session")
def asterisk() -> Installation:
    """The Asterisk that the PBX of the tests is started from."""
    return installation()
