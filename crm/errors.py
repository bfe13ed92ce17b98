"""What a service may answer instead of a result. The one mapping to HTTP is in `web`."""

from collections.abc import Mapping


class CrmError(Exception):
    """Base of the domain's errors. The message is English, short, and may be shown."""


class NotFound(CrmError):
    """There is no such thing, or it is deleted."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"No {kind} {key}")
        self.kind = kind
        self.key = key


class Forbidden(CrmError):
    """The actor's role, department or lines do not allow it."""

    def __init__(self, message: str = "You are not allowed to do this") -> None:
        super().__init__(message)


class NotSignedIn(CrmError):
    """Unknown login, wrong password, or a session or token that is over."""

    def __init__(self, message: str = "Login or password is wrong") -> None:
        super().__init__(message)


class TooManyAttempts(CrmError):
    """Sign-in is slowed down after failures. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many failed attempts; try again in {retry_after} s")
        self.retry_after = retry_after


class Invalid(CrmError):
    """Values that cannot be accepted: `fields` maps a field's name to what is wrong with it.

    A field of a list is written `phones.0.number`. The empty name is the whole form.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = dict(fields)


class Conflict(CrmError):
    """It exists already, or was changed by somebody else meanwhile."""


class LoginTaken(Conflict):
    """Another user signs in by this login."""

    def __init__(self) -> None:
        super().__init__("This login exists already")


class LimitReached(CrmError):
    """An outbound limit (calls an hour, countries) forbids the call."""


class PhoneUnavailable(CrmError):
    """The PBX refused, or is not connected. The message is for the user."""


class DatabaseTooNew(CrmError):
    """The database was made by a newer version of the program. Nothing was changed in it."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database is at revision {revision}, which this version does not know. "
            "Start the newer version that made it, or restore a backup made before the upgrade. "
            "Nothing was changed."
        )
        self.revision = revision


class DatabaseUnavailable(CrmError):
    """The database cannot be reached or opened, or stayed locked by another program."""
