"""Every scenario is played on the real PBX and heard by the real bridge: the record it makes says
what those who took part know.
"""

from pathlib import Path

import pytest

from tests.pbx.bridged import AwaitedJournal, bridge_on
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios import SCENARIOS
from tests.pbx.scenarios.stage import Stage
from tests.replay.expecting import assert_as_expected

pytestmark = pytest.mark.pbx

# The long ones first, so that parallel workers end together.
_LONG = ("browser_stays_away", "feature_transfer_returned", "missed", "pbx_killed_and_restarted")
_NAMES = (*_LONG, *(name for name in SCENARIOS if name not in _LONG))


@pytest.mark.parametrize("name", _NAMES)
async def test_a_record_is_what_happened(
    name: str, pbx: RunningPbx, stage: Stage, tmp_path: Path
) -> None:
    journal = AwaitedJournal()
    async with bridge_on(pbx, journal, tmp_path / "checkpoint"):
        expected = await SCENARIOS[name](stage)
        records = await journal.all_ended(len(expected))

    assert_as_expected(records, [call.to_json() for call in expected], hears_ringing=True)
