"""Vectorised answers about frames in memory, equal to those of Great Expectations.

Each kernel is the operation that Great Expectations' pandas engine does for one expectation, or
one that is proven to give the same on the dtypes that it names. What a kernel cannot answer with
certainty it leaves to the next tier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.validation.answering.row_results import Found
from dkdata.validation.answering.tiers import KERNELS, METADATA, NotCompiledError
from dkdata.validation.kernels.aggregates import AGGREGATE_KERNELS
from dkdata.validation.kernels.columns import COLUMN_KERNELS
from dkdata.validation.kernels.masks import mask
from dkdata.validation.kernels.several import COLUMNS_KERNELS, PAIR_KERNELS
from dkdata.validation.kernels.tables import TABLE_KERNELS, classes_of
from dkdata.validation.kernels.whole import WHOLE_KERNELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.validation.answering.batch import Batch, Rows, Values
    from dkdata.validation.catalogue import Entry
    from dkdata.validation.kernels.aggregates import Answer
    from dkdata.validation.results.result_format import ResultFormat

_IGNORED = {"column pair": "both_values_are_missing", "multicolumn": "all_values_are_missing"}


_GLOBAL: Final = (
    "unique", "unique_together", "increasing", "decreasing", "z_score_below", "not_outlier",
    "of_type", "of_types", "meets",
)  # fmt: skip
"""Rules about rows that need all rows, or the dtype of the whole column."""


def tier_of(entry: Entry, given: Mapping[str, Any]) -> str:
    """Return the tier that observes what an expectation about a column or table is about."""
    is_known = entry.method in TABLE_KERNELS and "row_condition" not in given
    return METADATA if is_known else KERNELS


def is_local(entry: Entry) -> bool:
    """Whether each row breaks a rule or not whatever the other rows are."""
    return entry.is_row_rule and entry.method not in _GLOBAL


def _is_by_value(entry: Entry, given: Mapping[str, Any], batch: Batch) -> bool:
    """Whether a rule on types asks each value: those of object columns have types of their own."""
    if entry.method not in ("of_type", "of_types"):
        return False
    wanted = given.get("type_", given.get("type_list"))
    is_object = batch.frame[given["column"]].dtype == object
    return is_object and wanted not in (None, "object", "object_", "O")


def observed(
    entry: Entry, given: Mapping[str, Any], batch: Batch, told: ResultFormat
) -> Answer | None:
    """Return whether a column or table is as expected, and the result; ``None`` for row rules.

    Raises
    ------
    NotCompiledError
        Another tier has to answer.
    """
    if entry.method in TABLE_KERNELS and entry.face in ("column", "table"):
        if _is_by_value(entry, given, batch):
            return None
        return TABLE_KERNELS[entry.method](batch, given)
    if entry.kind == "column aggregate":
        if entry.method not in AGGREGATE_KERNELS:
            raise NotCompiledError
        column = batch.rows(given.get("row_condition")).column(given["column"])
        return AGGREGATE_KERNELS[entry.method](column, given, told)
    return None


def found(entry: Entry, given: Mapping[str, Any], batch: Batch) -> Found:
    """Return which rows break a rule.

    Raises
    ------
    NotCompiledError
        Another tier has to answer.
    """
    rows = batch.rows(given.get("row_condition"))
    match entry.kind:
        case "column map":
            return _in_column(entry, given, rows)
        case "column pair":
            return _in_pair(entry, given, rows)
        case "multicolumn":
            return _in_columns(entry, given, rows)
    raise NotCompiledError


def _in_column(entry: Entry, given: Mapping[str, Any], rows: Rows) -> Found:
    name = given["column"]
    if entry.method in ("null", "not_null"):
        missing, is_there = rows.missing(name), entry.method == "not_null"
        broken = rows.placed(np.flatnonzero(missing if is_there else ~missing))
        whole = len(rows)
        return Found((name,), broken, whole, whole, counts_missing=False, tells_names=is_there)
    values = rows.values(name)
    is_broken = ~_is_met(entry, given, values)
    if values.there is not None:
        is_broken &= values.there
    considered = len(rows) if values.there is None else int(values.there.sum())
    return Found((name,), rows.placed(np.flatnonzero(is_broken)), len(rows), considered)


def _is_met(entry: Entry, given: Mapping[str, Any], values: Values) -> np.ndarray[Any, Any]:
    """Return which values of a column meet a rule; what it says of null values is not used."""
    whole = WHOLE_KERNELS[entry.method](values, given) if entry.method in WHOLE_KERNELS else None
    if whole is not None:
        return whole
    if entry.method in ("of_type", "of_types"):
        return values.spread(_is_instance(given, values))
    if entry.method not in COLUMN_KERNELS:
        raise NotCompiledError
    return values.spread(COLUMN_KERNELS[entry.method](values, given))


def _is_instance(given: Mapping[str, Any], values: Values) -> np.ndarray[Any, Any]:
    names = [given["type_"]] if "type_" in given else given["type_list"]
    classes = tuple(classes_of(names))
    if not classes:
        raise NotCompiledError
    return mask(values.series.map(lambda value: isinstance(value, classes)))


def _in_pair(entry: Entry, given: Mapping[str, Any], rows: Rows) -> Found:
    if entry.method == "in_set" and "row_condition" in given:
        raise NotCompiledError  # Great Expectations heeds the condition in some numbers only
    names = (given["column_A"], given["column_B"])
    kept = rows.without_missing(names, given.get("ignore_row_if", _IGNORED[entry.kind]))
    is_met = PAIR_KERNELS[entry.method](kept.column(names[0]), kept.column(names[1]), given)
    return Found(names, kept.placed(np.flatnonzero(~is_met)), len(rows), len(kept))


def _in_columns(entry: Entry, given: Mapping[str, Any], rows: Rows) -> Found:
    names = tuple(given["column_list"])
    if len(set(names)) < len(names):
        raise NotCompiledError
    kept = rows.without_missing(names, given.get("ignore_row_if", _IGNORED[entry.kind]))
    is_met = COLUMNS_KERNELS[entry.method](kept.columns(names), given)
    broken = kept.placed(np.flatnonzero(~is_met))
    return Found(names, broken, len(rows), len(kept), in_records=True)
