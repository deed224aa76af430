"""What a query reads of a table some of whose types are not known yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata import predicate as p
from dkdata.dialects.fragment import Fragment
from dkdata.dialects.postgres.conditions import condition
from dkdata.dialects.select import needed
from dkdata.predicate.tree import columns_of, conjuncts, push_not

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dkdata.dialects.postgres.relation import Relation
    from dkdata.query import Query


def scope(relation: Relation, query: Query, unsure: AbstractSet[str]) -> tuple[list[str], Fragment]:
    """Return the columns that a query needs, and rows among which are those that it reads.

    Parameters
    ----------
    unsure
        Stored names of columns whose types in ``relation`` may be wrong.

    Returns
    -------
    tuple
        Stored names; what stands after FROM.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata.dialects.postgres.relation import Kept, Relation
    >>> from dkdata.query import Query
    >>> schema = pa.schema([("id", pa.int64()), ("price", pa.decimal128(38, 0))])
    >>> orders = Relation("orders", schema, {"id": Kept("bigint"), "price": Kept("numeric")})
    >>> scope(orders, Query(where=p.as_predicate("id = 5 and price > 1")), {"price"})[1]
    Fragment(sql='orders WHERE "id" = CAST(%s AS bigint)', parameters=(5,))
    """
    located = relation.meaning.columns.located
    parts = [] if query.where is None else list(conjuncts(push_not(query.where)))
    sure = [
        part for part in parts if unsure.isdisjoint(located(name)[0] for name in columns_of(part))
    ]
    told, left = condition(p.And(tuple(sure)), relation) if sure else (None, None)
    rows = Fragment(relation.sql)
    if told is not None:
        rows = Fragment(f"{rows.sql} WHERE {told.sql}", told.parameters)
    is_whole = left is None and len(sure) == len(parts)
    is_plain = query.aggregate is None and not query.order_by and relation.row_order
    if is_whole and is_plain and query.limit is not None:
        first = f"(SELECT * FROM {rows.sql} LIMIT {query.limit} OFFSET {query.offset}) AS first"
        rows = Fragment(first, rows.parameters)
    return needed(relation.meaning, query), rows
