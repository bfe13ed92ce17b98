"""Recordings: when one runs, is paused or ended by hand, and when its files are complete."""

from pbx_bridge.calls import events as e
from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Board, Channel
from pbx_bridge.calls.finding import Finding
from pbx_bridge.calls.identifying import Identifying
from pbx_bridge.calls.telling import Telling


class Recordings:
    def __init__(
        self, board: Board, finding: Finding, tell: Telling, identify: Identifying
    ) -> None:
        self._board = board
        self._find, self._adopt = finding.find, finding.adopt
        self._tell = tell
        self._identify = identify

    def monitor_started(self, fact: f.MonitorStarted) -> None:
        channel = self._adopt(fact)
        if channel is not None and not channel.recorded:
            channel.recorded = True
            channel.recorded_early = channel.up and not channel.leg and not channel.call.answered
            self._tell.recording_started(channel, fact.at)

    def monitor_stopped(self, fact: f.MonitorStopped) -> None:
        channel = self._find(fact)
        if channel is not None:
            self.finish(channel, fact.at)

    def finish(self, channel: Channel, at: int) -> None:
        """Nothing more comes into the channel's recording, if it has one."""
        if channel.recorded and not channel.recording_over:
            channel.recording_over = True
            self._identify.start(channel.call)
            self._tell.recording_finished(channel, at)

    # ---- by hand

    def paused(self, fact: f.RecordingPaused) -> None:
        channel = self._board.living(fact.channel)
        if channel is not None:
            channel.paused = True
            self._tell.recording_steered(channel, e.RecordingPaused, fact.at)

    def resumed(self, fact: f.RecordingResumed) -> None:
        channel = self._board.living(fact.channel)
        if channel is not None:
            channel.paused = False
            self._tell.recording_steered(channel, e.RecordingResumed, fact.at)

    def stopped(self, fact: f.RecordingStopped) -> None:
        channel = self._board.living(fact.channel)
        if channel is not None:
            channel.paused, channel.stopped = False, True
            self._tell.recording_steered(channel, e.RecordingStopped, fact.at)

    def begun_again(self, fact: f.RecordingBegunAgain) -> None:
        channel = self._board.living(fact.channel)
        if channel is not None:
            channel.paused = channel.stopped = False
            self._tell.recording_steered(channel, e.RecordingBegunAgain, fact.at)
