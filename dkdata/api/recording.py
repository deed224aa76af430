"""The records of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from dkdata.api.arguments import Target, located

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from dkdata.record.collection import Records


def records(
    source: Target,
    key: Hashable | Sequence[Hashable] | None = None,
    *,
    new_id: Callable[[], Any] | None = None,
    layout: Literal["delta", "objects"] | None = None,
) -> Records:
    """Return the records of a table: its rows, by their ids.

    Parameters
    ----------
    source
        A table name, a path or a URL. It need not be there: the first record makes it.
    key
        The column that holds the id, or several: then an id is a tuple of their values. By default
        the key that is kept with the table, else ``id``.
    new_id
        Makes the ids of records that have none; by default UUIDs of version 7, as text, which sort
        by the time at which they were made.
    layout
        How a new table in a bucket is kept: each record as an object of its own (``"objects"``, the
        default), or as a Delta table, which each write of a record is a new version of.

    Returns
    -------
    Records
        With ``create``, ``read``, ``update``, ``upsert``, ``delete``, ``exists``, ``find``,
        ``count``, ``stream``, ``clear``, ``create_many``, ``upsert_many`` and ``delete_many``.

    Examples
    --------
    >>> import dkdata as dk
    >>> notes = dk.records("memory.notes")
    >>> made = notes.create({"text": "Buy milk"})
    >>> notes.read(made.id).text
    'Buy milk'
    >>> dk.load("memory.notes")["text"].tolist()
    ['Buy milk']
    """
    from dkdata.record.collection import Records  # noqa: PLC0415 - loads DuckDB

    return Records.of(located(source), key, new_id=new_id, layout=layout)
