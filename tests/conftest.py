"""The order of the tests; and what property tests try: always the same, or something new.

`fixed` is what everybody runs: the same examples each time. `search` tries others, by
`--hypothesis-profile=search` or with a `--hypothesis-seed`; how many, HOVORNA_TEST_EXAMPLES says.
"""

import os
from collections import Counter

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in which much is waited for come first, and the long ones of them before the others.

    So the processors are busy to the end: what only computes fills the time that is left.
    """
    in_file = Counter(item.path for item in items)

    def rank(item: pytest.Item) -> tuple[int, int]:
        slow = ("pbx", "browser")
        kind = next((n for n, mark in enumerate(slow) if item.get_closest_marker(mark)), len(slow))
        return kind, -in_file[item.path]

    items.sort(key=rank)
