"""What a call speaks and where what it hears goes. The mixer belongs to pjsua2."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pjsua2 as pj

from pbx_bridge.sip.commands import CommandError


class _Player(pj.AudioMediaPlayer):
    def __init__(self, ended: Callable[[], None]) -> None:
        super().__init__()
        self._ended = ended

    def onEof2(self) -> None:  # noqa: N802
        self._ended()


class Audio:
    """Connects one call's audio with a source, a recorder and other calls.

    The audio of a call comes and goes (hold, re-INVITE); `attach` joins everything again.
    """

    def __init__(
        self,
        clock_rate: int,
        bury: Callable[[object], None],
        recorded: Callable[[Path], None] = lambda file: None,
    ) -> None:
        """`bury` keeps an object alive for a while; `recorded` is told of a file that is being
        finished: the mixer writes its end a moment later (see `is_complete`).
        """
        self._clock_rate = clock_rate
        self._bury = bury
        self._recorded = recorded
        self._file: Path | None = None
        self._media: pj.AudioMedia | None = None
        self._source: pj.AudioMedia | None = None
        self._recorder: pj.AudioMediaRecorder | None = None
        self._partners: list[Audio] = []
        self._muted = False

    def attach(self, media: pj.AudioMedia | None) -> None:
        self._media = media
        if media is None:
            return
        if self._source is not None and not self._muted:
            self._source.startTransmit(media)
        if self._recorder is not None:
            media.startTransmit(self._recorder)
        for partner in self._partners:
            _join(self._media, partner._media)

    def mute(self, muted: bool) -> None:
        self._muted = muted
        if self._source is not None and self._media is not None:
            act = self._source.stopTransmit if muted else self._source.startTransmit
            act(self._media)

    def play(self, file: str, *, loop: bool, ended: Callable[[], None] = lambda: None) -> None:
        """Raises CommandError. `ended` is called at the file's end."""
        player = _Player(ended)
        try:
            player.createPlayer(file, 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
        except pj.Error as error:
            raise CommandError(f"cannot play {file}: {error.reason}") from None
        self._speak(player)

    def tone(self, hz: int) -> None:
        generator = pj.ToneGenerator()
        generator.createToneGenerator(self._clock_rate)
        tone = pj.ToneDesc()
        tone.freq1, tone.freq2, tone.on_msec, tone.off_msec, tone.volume = hz, 0, 1000, 0, 0
        tones = pj.ToneDescVector()
        tones.append(tone)
        generator.play(tones, True)
        self._speak(generator)

    def silence(self) -> None:
        self._speak(None)

    def _speak(self, source: pj.AudioMedia | None) -> None:
        if self._source is not None and self._media is not None and not self._muted:
            with contextlib.suppress(pj.Error):
                self._source.stopTransmit(self._media)
        self._bury(self._source)  # it may have said already that it came to its end
        self._source = source
        if source is not None and self._media is not None and not self._muted:
            source.startTransmit(self._media)

    def record(self, file: str) -> None:
        """Starts a new wav; the folder is made. Raises CommandError."""
        self.stop_recording()
        recorder = pj.AudioMediaRecorder()
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            recorder.createRecorder(file)
        except OSError as error:
            raise CommandError(f"cannot record to {file}: {error.strerror}") from None
        except pj.Error as error:
            raise CommandError(f"cannot record to {file}: {error.reason}") from None
        self._recorder, self._file = recorder, Path(file)
        if self._media is not None:
            self._media.startTransmit(recorder)

    def stop_recording(self) -> None:
        if self._recorder is not None and self._media is not None:
            with contextlib.suppress(pj.Error):
                self._media.stopTransmit(self._recorder)
        self._recorder = None
        if self._file is not None:
            self._recorded(self._file)
            self._file = None

    def merge(self, other: "Audio") -> None:
        if other is self or other in self._partners:
            return
        self._partners.append(other)
        other._partners.append(self)
        _join(self._media, other._media)

    def close(self) -> None:
        for partner in self._partners:
            partner._partners.remove(self)
        self._partners.clear()
        self._bury(self._source)
        self._media = self._source = self._recorder = None
        self.stop_recording()


def is_complete(wav: Path) -> bool:
    """Whether the wav's header tells its true length."""
    try:
        with wav.open("rb") as file:
            told = int.from_bytes(file.read(8)[4:], "little")
        return 0 < told == wav.stat().st_size - 8
    except OSError:
        return False


def _join(one: pj.AudioMedia | None, other: pj.AudioMedia | None) -> None:
    if one is not None and other is not None:
        one.startTransmit(other)
        other.startTransmit(one)
