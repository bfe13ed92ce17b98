"""The tables as the first migration makes them. Never changed: later migrations change them."""

from sqlalchemy import MetaData

from crm.columns import Base

metadata = MetaData(naming_convention=Base.metadata.naming_convention)
