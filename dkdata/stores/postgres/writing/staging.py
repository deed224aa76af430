"""Rows sent into an empty table."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote, quoted
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.stores.postgres.sending.encoding import encoded
from dkdata.stores.postgres.tables import definition, names
from dkdata.stores.postgres.tables.held import Held
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from dkdata.stores.postgres.connection.session import Session
    from dkdata.types import Rows


def temporary(session: Session, schema: pa.Schema) -> Held:
    """Make an empty table that only the transaction of a session sees."""
    made = Held("pg_temp", f"dk_{uuid.uuid4().hex}", columns=definition.columns_of(schema))
    columns = definition.columns_sql(schema)
    session.run(f"CREATE TEMPORARY TABLE {quote(made.name)} ({columns}) ON COMMIT DROP")
    return made


def send(session: Session, to: Held, rows: Rows, *options: str) -> int:
    """Send canonical rows into an empty table of their columns, and return how many bytes."""
    schema, sent = rows.schema, 0
    kept = physical_schema(schema, Carrier.POSTGRES).remove_metadata()
    held = names.column_names(schema.names)
    columns = quoted(held[name] for name in schema.names)
    told = ", ".join(["FORMAT BINARY", *options])

    def counted() -> Iterator[bytes | memoryview]:
        nonlocal sent
        for chunk in encoded(batches_of(convert_rows(rows, kept)), schema):
            sent += len(chunk)
            yield chunk

    session.copy_in(f"COPY {to.sql} ({columns}) FROM STDIN ({told})", counted())
    return sent
