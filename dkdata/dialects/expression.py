"""Free SQL expressions over the columns of a source."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING

from dkdata import sqltree
from dkdata.dialects.columns import logical_sql
from dkdata.values import SqlName

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.dialects.columns import Column
    from dkdata.sqltree import Tree


def expression(text: str, find: Callable[[str], Column]) -> str:
    """Return an expression in which every name stands for what its column means.

    A name matches exactly first, else without case; ``a.b`` reaches into a structure.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata.dialects.columns import find
    >>> schema = pa.schema([("Wait", pa.int64())])
    >>> expression("wait + 1 > 3", lambda name: find(name, schema))
    '(((Wait + 1) > 3))'
    """
    tree = copy.deepcopy(_parsed(text))
    for node in list(sqltree.nodes(tree)):
        if node.get("class") == "COLUMN_REF":
            column = find(SqlName(".".join(node["column_names"])))
            meaning = copy.deepcopy(_parsed(logical_sql(column)))
            node.clear()
            node.update(meaning)
    return sqltree.expression_sql(tree)


@lru_cache(maxsize=512)
def _parsed(text: str) -> Tree:
    return sqltree.parse_expression(text)
