"""All tables together: importing this fills `Base.metadata`."""

from crm.clients import models as clients
from crm.columns import Base
from crm.people import models as people
from crm.telephony import models as telephony

__all__ = ["Base", "clients", "people", "telephony"]
