"""What the telephone refuses, said as the CRM's own error."""

from collections.abc import Awaitable

from crm.errors import PhoneUnavailable
from crm.telephony.ports import TelephonyError


async def ask(asked: Awaitable[None]) -> None:
    """Raises PhoneUnavailable with the telephone's own sentence."""
    try:
        await asked
    except TelephonyError as error:
        raise PhoneUnavailable(str(error)) from error
