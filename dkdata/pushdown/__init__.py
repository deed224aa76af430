"""What a statement needs of a table that DuckDB does not read where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.pushdown import columns, forms, rows
from dkdata.query import Query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from dkdata.statements import Statement


def needed(
    statement: Statement,
    target: str,
    schemas: Mapping[str, pa.Schema],
    parameters: Sequence[Any] | Mapping[str, Any] = (),
) -> Query:
    """Return a query whose rows answer a statement as the whole table does.

    The statement keeps all of its conditions, so the rows may be more than it needs. Whatever is
    not sure to need fewer of them, or fewer columns, asks for all.

    Parameters
    ----------
    target
        The table, as the statement names it.
    schemas
        The columns of each target.
    parameters
        The values of ``?`` or ``$x``.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata.statements import parsed
    >>> schema = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("c", pa.int64())])
    >>> needed(parsed("select sum(b) from t where a > 3"), "t", {"t": schema})
    Query(columns=('a', 'b'), where=col('a') > 3)
    """
    if not forms.are_known(statement.tree):
        return Query()
    folded = target.casefold()  # of names that differ by case, DuckDB has one table
    mentions = [mention for mention in statement.mentions if mention.target.casefold() == folded]
    names = columns.needed(statement, mentions, schemas[target])
    if len(mentions) > 1:
        return Query(columns=names)
    (mention,) = mentions
    select = forms.select_of(statement.tree, mention.node)
    where = rows.condition(statement, mention, select, schemas, parameters)
    limit = rows.limit(mention, select, parameters)
    return Query(columns=names, where=where, limit=limit)
