"""What can go wrong with a recording, in words for the user."""


class RecordingError(Exception):
    """Base of all errors of this package."""


class RecordingMissingError(RecordingError):
    """There is no such file: deleted, or never had audio."""


class ConversionError(RecordingError):
    """The stored file cannot be made into the format asked for."""


class WorkerError(RecordingError):
    """The audio worker died, hung or could not start; the job may be tried again."""


class JobError(RecordingError):
    """The worker refused the job. `code` is for programs; `full`: the disk has no room."""

    def __init__(self, message: str, code: str = "failed") -> None:
        super().__init__(message)
        self.code = code

    @property
    def full(self) -> bool:
        return self.code == "disk_full"
