"""Logs go to stderr, one event a line: readable on a terminal, JSON elsewhere."""

import logging
import sys

import structlog

_SECRET_NAMES = ("password", "secret", "token", "authorization", "cookie")


def _hide_secrets(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A last net: what is named like a secret is not written, whoever logged it."""
    for name in event:
        if any(secret in name.lower() for secret in _SECRET_NAMES):
            event[name] = "***"
    return event


def configure_logs(level: str) -> None:
    """`level`: debug, info, warning or error; anything else counts as info."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if terminal:
        # Without local variables: a password typed into a form would be among them.
        plain = structlog.dev.RichTracebackFormatter(show_locals=False)
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=plain)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    if not terminal:
        shared.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries that log by the standard way are heard from warnings up.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
