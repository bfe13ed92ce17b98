"""What property tests try: always the same, or in search of something new.

`fixed` is what everybody runs: the same examples each time. `search` tries others, by
`--hypothesis-profile=search` or with a `--hypothesis-seed`; how many, HOVORNA_TEST_EXAMPLES says.
"""

import os

import pytest
from hypothesis import settings

settings.register_profile("fixed", max_examples=120, derandomize=True, deadline=None, database=None)
settings.register_profile(
    "search",
    max_examples=int(os.environ.get("HOVORNA_TEST_EXAMPLES", "1000")),
    derandomize=False,
    deadline=None,
    database=None,
    print_blob=True,
)
settings.load_profile("fixed")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("hypothesis_seed", None) is not None:
        settings.load_profile("search")
