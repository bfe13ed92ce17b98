"""What can go wrong between us and the manager interface. Messages are for the administrator."""


class AmiError(Exception):
    """Anything below."""


class InvalidAction(AmiError, ValueError):
    """The action must not be sent: a control character, a bad header name, a line too long."""


class NotAsterisk(AmiError):
    """Whatever listens on that port does not speak the manager protocol."""


class AuthenticationFailed(AmiError):
    """The manager refused the user or the secret. Trying again soon does not help."""


class InsecureLogin(AmiError):
    """The secret would cross a network readable: no MD5 challenge offered and no TLS."""


class NotConnected(AmiError):
    """There is no connection, or it was lost before the answer came."""


class ActionTimeout(AmiError):
    """The PBX did not answer in time. Whether the action was carried out is unknown."""


class ActionRefused(AmiError):
    """The PBX answered with an error; `message` is its own wording."""

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"{action}: {message}")
        self.action = action
        self.message = message
