"""Values in documents that are none of their columns: somebody else has put them there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from dkdata import engine
from dkdata.errors import SchemaError, StoreError
from dkdata.physical import Carrier, physical
from dkdata.stores.elasticsearch.naming import ROW
from dkdata.stores.file.documents_reading import read_objects, sql_type
from dkdata.stores.file.foreign_documents import path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.elasticsearch.definition import Part
    from dkdata.stores.file.documents_reading import Plan
    from dkdata.stores.file.snapshot import Snapshot


@contextmanager
def explained(part: Part, file: Snapshot, plan: Plan) -> Iterator[None]:
    """Tell which column and document it is where documents cannot be read.

    Raises
    ------
    SchemaError
        A document does not fit the columns.
    """
    try:
        yield
    except StoreError as error:
        for name in part.schema.names:
            if part.fields[name] in plan.schema.names and (found := _found(part, name, file)):
                raise engine.carried(found) from error
        raise


def _found(part: Part, name: str, file: Snapshot) -> SchemaError | None:
    """Return the error that tells of a value of a column, if there is one that does not fit."""
    t, key = part.schema.field(name).type, path(part.fields[name])
    kind = sql_type(physical(t, Carrier.JSON))
    query = (
        f"SELECT json_extract(json, {key})::VARCHAR, json_extract_string(json, {path(ROW)})"  # noqa: S608
        f" FROM {read_objects(file, 'newline_delimited', None)}"
        f" WHERE json_type(json, {key}) <> 'NULL'"
        f" AND TRY_CAST(json_extract(json, {key}) AS {kind}) IS NULL LIMIT 1"
    )
    try:
        found = engine.connection().sql(query).fetchall()
    except duckdb.Error:  # it fits to no type at all
        return None
    if not found:
        return None
    ((value, number),) = found
    where = "a document" if number is None else f"the document with {ROW}={number}"
    message = (
        f"column {name!r} is {t}, and {where} of index {part.index!r} has {value:.100} there:"
        " somebody else has changed it. Correct the document."
    )
    return SchemaError(message)
