"""Rules that names, dtypes and the number of rows answer."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pandas.core.dtypes import dtypes

from dkdata.validation.kernels.aggregates import observed_within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from dkdata.validation.answering.batch import Batch
    from dkdata.validation.kernels.aggregates import Answer

    TableKernel: TypeAlias = Callable[[Batch, Mapping[str, Any]], Answer]

_NATIVE: Final[Mapping[str, type]] = {
    "none": type(None), "bool": bool, "int": int, "long": int, "float": float, "bytes": bytes,
    "complex": complex, "str": str, "string_types": str, "list": list, "dict": dict,
}  # fmt: skip


def _row_count(batch: Batch, given: Mapping[str, Any]) -> Answer:
    rows = len(batch.rows(given.get("row_condition")))
    return rows == given["value"], {"observed_value": rows}


def _row_count_between(batch: Batch, given: Mapping[str, Any]) -> Answer:
    return observed_within(len(batch.rows(given.get("row_condition"))), given)


def _column_count(batch: Batch, given: Mapping[str, Any]) -> Answer:
    return len(batch.labels) == given["value"], {"observed_value": len(batch.labels)}


def _column_count_between(batch: Batch, given: Mapping[str, Any]) -> Answer:
    return observed_within(len(batch.labels), given)


def _exists(batch: Batch, given: Mapping[str, Any]) -> Answer:
    place = given.get("column_index")
    if not place:
        return given["column"] in batch.labels, {}
    is_there = -len(batch.labels) <= place < len(batch.labels)
    return is_there and batch.labels[place] == given["column"], {}


def _columns_are(batch: Batch, given: Mapping[str, Any]) -> Answer:
    there, wanted = set(batch.labels), set(given.get("column_set") or ())
    result: dict[str, Any] = {"observed_value": sorted(there)}
    differences = {"unexpected": there - wanted, "missing": wanted - there}
    told = {name: sorted(map(str, names)) for name, names in differences.items() if names}
    if not told:
        return True, result
    result["details"] = {"mismatched": told}
    return not given.get("exact_match", True) and "missing" not in told, result


def _columns_ordered(batch: Batch, given: Mapping[str, Any]) -> Answer:
    result: dict[str, Any] = {"observed_value": batch.labels}
    wanted = given.get("column_list")
    if wanted is None or wanted == batch.labels:
        return True, result
    mismatched = [
        {"Expected Column Position": place, "Expected": expected, "Found": found}
        for place, (expected, found) in enumerate(zip_longest(wanted, batch.labels))
        if expected != found
    ]
    return False, {**result, "details": {"mismatched": mismatched}}


def _type(batch: Batch, given: Mapping[str, Any]) -> Answer:
    actual, wanted = batch.frame[given["column"]].dtype, given["type_"]
    named = pd.api.types.pandas_dtype(wanted)
    if named in (np.dtype("datetime64"), np.dtype("timedelta64")):  # of any unit
        success = isinstance(actual, np.dtype) and actual.kind == named.kind
    elif isinstance(actual, pd.StringDtype) and isinstance(named, pd.StringDtype):
        success = str(actual) == str(named)
    else:
        success = actual in (named, wanted)
    return success, {"observed_value": str(actual)}


def _of_type(batch: Batch, given: Mapping[str, Any]) -> Answer:
    actual = batch.frame[given["column"]].dtype
    return actual.type in classes_of([given["type_"]]), {"observed_value": actual.type.__name__}


def _of_types(batch: Batch, given: Mapping[str, Any]) -> Answer:
    actual, names = batch.frame[given["column"]].dtype, given.get("type_list")
    result = {"observed_value": actual.type.__name__}
    if names is None:
        return True, result
    dtypes = [dtype for name in names for dtype in _dtypes(name)]
    return actual in [*classes_of(names), *dtypes], result


def _dtypes(name: str) -> list[Any]:
    """Return the dtypes that a name stands for, beside its classes."""
    try:
        return [np.dtype(name)]
    except TypeError:
        named = getattr(pd, name, None)
    if isinstance(named, type) and issubclass(named, pd.api.extensions.ExtensionDtype):
        return [named()]
    return []


def classes_of(names: list[str]) -> list[type]:
    """Return the classes of values that names of types stand for: numpy's, pandas', Python's."""
    found: list[type] = []
    for name in names:
        try:
            found.append(np.dtype(name).type)
        except TypeError:
            places = (pd, dtypes)
            named = (getattr(place, name, None) for place in places)
            found += [one for one in named if isinstance(one, type)]
        if name.lower() in _NATIVE:
            found.append(_NATIVE[name.lower()])
    return found


TABLE_KERNELS: Final[Mapping[str, TableKernel]] = {
    "row_count": _row_count,
    "row_count_between": _row_count_between,
    "column_count": _column_count,
    "column_count_between": _column_count_between,
    "exists": _exists,
    "columns_are": _columns_are,
    "columns_ordered": _columns_ordered,
    "type": _type,
    "of_type": _of_type,
    "of_types": _of_types,
}
"""What names, dtypes and the number of rows say, by the method of the rule."""
