"""SQL of the values of fields: of one type, as JSON has them in several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyarrow import types as is_type

from dkdata.dialects.fragment import quote
from dkdata.stores.file.documents_reading import sql_type
from dkdata.stores.file.foreign_documents import path

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa


def value(
    found: str, t: pa.DataType, leaf: Callable[[str], str] | None = None, depth: int = 0
) -> str:
    """Return SQL of a value of type ``t``; what stands alone is a list of one.

    Parameters
    ----------
    found
        SQL of the JSON.
    leaf
        Makes SQL of what stands at the innermost of that of its text; by default a cast.
    """
    missing = f"{found} IS NULL OR json_type({found}) = 'NULL'"
    if is_type.is_large_list(t):
        item = f"item{depth}"
        each = value(item, t.value_type, leaf, depth + 1)
        whole = f"list_transform({items(found)}, lambda {item}: {each})"
        return f"CASE WHEN {missing} THEN NULL ELSE {whole} END"
    if is_type.is_struct(t):
        steps = {f: f"json_extract({found}, {path(f.name)})" for f in t}
        inner = ", ".join(
            f"{quote(f.name)} := {value(step, f.type, leaf, depth)}" for f, step in steps.items()
        )
        return f"CASE WHEN {missing} THEN NULL ELSE struct_pack({inner}) END"
    shown = f"json_extract_string({found}, '$')"
    if leaf is not None:
        return leaf(shown)
    kind = sql_type(t)
    return shown if kind == "VARCHAR" else f"CAST({shown} AS {kind})"


def items(found: str) -> str:
    """Return SQL of the list that a value is, or is an item of."""
    return f"CASE json_type({found}) WHEN 'ARRAY' THEN CAST({found} AS JSON[]) ELSE [{found}] END"
