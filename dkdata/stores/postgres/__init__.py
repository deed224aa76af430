"""Tables of a PostgreSQL database."""

from dkdata.stores.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
