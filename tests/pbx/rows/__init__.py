"""Every way to pick up, hand on and confer from a desk phone, on the whole program."""

import pytest

pytest.register_assert_rewrite("tests.pbx.rows.floor")
