"""What the headless phone reports: one JSON object a line on stdout.

`{"event": "incoming", "at": 1764000000.123456, "account": "101", "call": "c1", ...}`; `at` is
seconds since the epoch on this machine's clock. The names, and what each carries besides:

- `ready`; `done` and `error` (`ref`, `message`): the answer to a command; that to `register` has
  our own `port`
- `registered` (`contact`, `expires`, `seen_as`), `registration_failed` (`code`, `reason`),
  `unregistered`
- `incoming` (`number`, `name`, `dialled`, `headers`, `auto_answer`), `calling` (`to`),
  `ringing` (`code`), `confirmed`, `media` (`state`: active, held, remote_held,
  none), `held`, `resumed`, `remote_held`, `remote_resumed`
- `dtmf` (`digit`, `method`), `transfer` (`code`, `reason`, `final`), `played` and `recorded`
  (`file`, complete)
- `stats` (see `quality.py`), `disconnected` (`code`, `reason`, `by`, `cause`, `seconds`)
"""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PhoneEvent:
    name: str
    at: float
    account: str | None = None
    call: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self.data.get(key, default)

    def to_line(self) -> str:
        body: dict[str, Any] = {"event": self.name, "at": round(self.at, 6)}
        if self.account is not None:
            body["account"] = self.account
        if self.call is not None:
            body["call"] = self.call
        return json.dumps(body | self.data, ensure_ascii=False)


def from_line(line: str) -> PhoneEvent:
    """The reverse of `to_line`. Raises ValueError for anything else."""
    body = json.loads(line)
    if not isinstance(body, dict) or "event" not in body or "at" not in body:
        raise ValueError(f"not an event: {line[:80]!r}")
    return PhoneEvent(
        name=body.pop("event"),
        at=body.pop("at"),
        account=body.pop("account", None),
        call=body.pop("call", None),
        data=body,
    )
