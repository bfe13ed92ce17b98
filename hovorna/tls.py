"""TLS of the pages: browsers give their microphone to pages of this machine or of https alone."""

import ssl

from config.settings import Settings
from hovorna.cli import CommandError


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """None where the pages are served without TLS. Raises CommandError for files that are none."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None:
        if key is not None:
            raise CommandError("HOVORNA_TLS_KEY is set and HOVORNA_TLS_CERTIFICATE is not")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise CommandError(
            f"the certificate {certificate} cannot be used: {error.strerror or error}. "
            "HOVORNA_TLS_CERTIFICATE and HOVORNA_TLS_KEY must be PEM files that belong together."
        ) from error
    return context
