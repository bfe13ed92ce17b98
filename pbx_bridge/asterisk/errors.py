"""What can go wrong with the bundled PBX. Each message is for the administrator."""


class PbxError(Exception):
    """The bundled PBX cannot be had, started or reached."""


class DirectoryError(PbxError):
    """An extension or line holds a value that cannot go into the PBX's configuration."""


class FetchError(PbxError):
    """There is no Asterisk, and none could be fetched. The message says what to install."""
