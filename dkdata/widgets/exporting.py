"""Rows as the files that a page downloads: what they say is exact."""

from __future__ import annotations

import decimal
import json
import math
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError
from dkdata.validation.plain import plain
from dkdata.widgets import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd


def csv_of(rows: pd.DataFrame) -> str:
    """Return the columns of rows as CSV.

    Examples
    --------
    >>> import pandas as pd
    >>> csv_of(pd.DataFrame({"a": [0.5], "b": ["x"]})).splitlines()
    ['a,b', '0.5,x']
    """
    return rows.to_csv(index=False)


def json_of(rows: pd.DataFrame) -> str:
    """Return the columns of rows as an array of objects in JSON; what JSON does not have is text.

    Raises
    ------
    UsageError
        Two columns have one name.

    Examples
    --------
    >>> import pandas as pd
    >>> json_of(pd.DataFrame({"a": [1e-12, float("inf")], "b": [b"x", None]}))
    '[{"a":1e-12,"b":"0x78"},{"a":"inf","b":null}]'
    """
    names = [str(label) for label in rows.columns]
    if len(set(names)) < len(names):
        message = "two columns have one name, which JSON cannot tell apart. Export CSV."
        raise UsageError(message)
    columns = [map(_value, cells.values(rows.iloc[:, place])) for place in range(len(names))]
    records = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return json.dumps(records, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _value(value: Any) -> Any:  # noqa: ANN401 - any value
    if cells.is_null(value):
        return None
    match value:
        case decimal.Decimal():
            return str(value)  # a float would round it
        case float() if math.isinf(value):
            return str(value)
        case bytes():
            return f"0x{value.hex()}"
    return plain(value)


FILES: Final[Mapping[str, tuple[str, Callable[[pd.DataFrame], str]]]] = {
    "csv": ("text/csv", csv_of),
    "json": ("application/json", json_of),
}
"""What is exported: the type of the file, and what makes it."""
