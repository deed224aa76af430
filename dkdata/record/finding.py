"""What is asked of the records of a table, and what is said where there are none."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dkdata import instance
from dkdata.errors import ConflictError, RecordNotFoundError, UsageError
from dkdata.frames import envelope
from dkdata.types import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.query import Query
    from dkdata.record.keyed import Keyed
    from dkdata.record.record import Record


def asked(keyed: Keyed, query: Query, *, frugally: bool = False) -> Iterator[Record]:
    """Yield the records that a query asks for, with their ids and metadata."""
    if query.aggregate is not None:
        message = "aggregates are no records. Ask dk.table(…).aggregate(…) for them."
        raise UsageError(message)
    if keyed.schema is None:
        return iter(())
    fields = None
    if query.columns is not None:
        fields = envelope.resolved(query.columns, keyed.schema)
        own = [name for name in (*keyed.key, METADATA) if name in keyed.schema.names]
        query = replace(query, columns=tuple(dict.fromkeys([*fields, *own])))
    read = partial(keyed.store.read, keyed.table, query)
    if frugally:
        sorts = bool(query.order_by)
        return keyed.records(instance.frugally(len(keyed.schema), read, sorts=sorts), fields)
    return keyed.records(read(), fields)


def refuse_missing(
    keyed: Keyed,
    id_: Any,  # noqa: ANN401 - ids of any type
    version: str | None,
    *,
    missing_ok: bool,
) -> None:
    """Raise the error of a record that is not there, unless that is all right."""
    if version is not None:
        raise ConflictError.version(keyed.table, id_)
    if not missing_ok:
        raise RecordNotFoundError(keyed.table, [id_])
