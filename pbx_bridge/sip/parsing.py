"""Lines to commands. Pure."""

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pbx_bridge.sip.commands import AnyCommand, Command, CommandError, Merge, OnCall

_ADAPTER: TypeAdapter[Command] = TypeAdapter(AnyCommand)
COMMANDS: dict[str, type[Command]] = {
    cls.model_fields["do"].default: cls
    for base in (Command, OnCall)
    for cls in base.__subclasses__()
    if "do" in cls.model_fields
}


def parse_command(line: str) -> Command:
    """One line to one command. Raises CommandError; never shows a password in its message."""
    text = line.strip()
    fields = _from_json(text) if text.startswith("{") else _from_words(text)
    try:
        return _ADAPTER.validate_python(fields)
    except ValidationError as error:
        raise CommandError("; ".join(_explain(item) for item in error.errors())) from None


def ref_of(line: str) -> int | None:
    """The `ref` of a line that is no command, so that its sender still gets the error."""
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    ref = fields.get("ref") if isinstance(fields, dict) else None
    return ref if isinstance(ref, int) else None


def _from_json(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise CommandError(f"not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise CommandError("a command is a JSON object")
    return fields


def _from_words(text: str) -> dict[str, Any]:
    verb, *words = text.split() or [""]
    command = COMMANDS.get(verb)
    if command is None:
        raise CommandError(f"unknown command {verb[:40]!r}; there are: {', '.join(COMMANDS)}")
    if command is Merge:
        return {"do": verb, "calls": tuple(words)}
    if len(words) > len(command.words):
        usage = " ".join(f"[{name}]" for name in command.words)
        raise CommandError(f"too many words; usage: {verb} {usage}".rstrip())
    return {"do": verb, **dict(zip(command.words, words, strict=False))}


def _explain(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"][1:])
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
