"""How the taking-in of recordings stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestStatus:
    """For the status page and the metrics.

    `waiting`: channels on their way; `oldest`: seconds that the first of them waits; `stored`,
    `damaged`, `lost`, `empty`: since the start; `unowned`: channels with files whose call nobody
    knows; `problems`: what an administrator must do, in words.
    """

    waiting: int
    oldest: float
    stored: int
    damaged: int
    lost: int
    empty: int
    unowned: int
    problems: tuple[str, ...]
