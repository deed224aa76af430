"""The one table of the core expectations: their types, short names, parameters and tiers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from dkdata.validation.answering.tiers import GX, KERNELS, METADATA, SQL
from dkdata.validation.constraints.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

ROW_KINDS: Final = ("column map", "column pair", "multicolumn")
"""Kinds of rule that single rows can break."""

REQUIRED: Final[Any] = ...
"""Stands in for the default of a parameter that has none."""

_DOMAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "column map": ("column",),
    "column aggregate": ("column",),
    "column pair": ("column_A", "column_B"),
    "multicolumn": ("column_list",),
    "table": (),
    "sql": (),
}
_CONDITION: Final = ("row_condition", "condition_parser")
_RUNTIME: Final = ("result_format", "catch_exceptions", "windows", "batch_id")


@dataclass(frozen=True)
class Entry:
    """One core expectation.

    Parameters
    ----------
    type
        Its name in Great Expectations.
    method
        Its short name, a method of ``face``.
    kind
        ``column map``, ``column aggregate``, ``column pair``, ``multicolumn``, ``table``, ``sql``.
    own
        Its parameters beyond the columns and the common ones, with their defaults in order.
    conditional
        Whether it takes a ``row_condition``.
    face
        Which builder has the method: ``column``, ``pair``, ``columns`` or ``table``.
    tiers
        What can answer it for a frame, the cheapest first.
    text
        What tells its parameters in short, where the method and its arguments would not.
    """

    type: str
    method: str
    kind: str
    own: Mapping[str, Any] = field(default_factory=dict)
    conditional: bool = True
    face: str = "column"
    tiers: tuple[str, ...] = (KERNELS, GX)
    text: Callable[[Mapping[str, Any]], str] | None = None

    @property
    def is_row_rule(self) -> bool:
        """Whether single rows can break it."""
        return self.kind in ROW_KINDS

    @property
    def has_mostly(self) -> bool:
        """Whether a share of the rows may break it."""
        return self.is_row_rule or "comparison_query" in self.own

    @property
    def domain(self) -> tuple[str, ...]:
        """The parameters that name columns whose values it is about."""
        return _DOMAINS[self.kind]

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters with their defaults, in order."""
        named = dict.fromkeys(self.domain, REQUIRED)
        mostly = {"mostly": 1} if self.has_mostly else {}
        condition = dict.fromkeys(_CONDITION) if self.conditional else {}
        return {**named, **self.own, **mostly, **condition}

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every parameter name that Great Expectations accepts."""
        return (*self.parameters, *_RUNTIME)


_KNOWN: Final = (METADATA, GX)
_TYPES: Final = (METADATA, KERNELS, GX)
_RANGE: Final = {"min_value": None, "max_value": None, "strict_min": False, "strict_max": False}
_SET: Final = {"value_set": REQUIRED}
_PAIR: Final = {"ignore_row_if": "both_values_are_missing"}
_ROW: Final = {"ignore_row_if": "all_values_are_missing"}


def _map(name: str, method: str, /, **own: Any) -> Entry:  # noqa: ANN401 - defaults of any type
    return Entry(f"expect_column_{name}", method, "column map", own)


def _aggregate(name: str, method: str, /, **own: Any) -> Entry:  # noqa: ANN401 - the same
    return Entry(f"expect_column_{name}", method, "column aggregate", own)


def _pair(name: str, method: str, /, **own: Any) -> Entry:  # noqa: ANN401 - the same
    return Entry(f"expect_column_pair_values_{name}", method, "column pair", own, face="pair")


def _columns(name: str, method: str, /, **own: Any) -> Entry:  # noqa: ANN401 - the same
    return Entry(f"expect_{name}", method, "multicolumn", own, face="columns")


def _table(name: str, method: str, /, *, conditional: bool = False, **own: Any) -> Entry:  # noqa: ANN401
    return Entry(f"expect_table_{name}", method, "table", own, conditional, "table", _KNOWN)


_COLUMN_MAPS = (
    _map("values_to_not_be_null", "not_null"),
    _map("values_to_be_null", "null"),
    _map("values_to_be_unique", "unique"),
    _map("values_to_be_between", "between", **_RANGE),
    _map("values_to_be_in_set", "in_set", **_SET),
    _map("values_to_not_be_in_set", "not_in_set", **_SET),
    replace(_map("values_to_be_of_type", "of_type", type_=REQUIRED), tiers=_TYPES),
    replace(
        _map("values_to_be_in_type_list", "of_types", type_list=None), tiers=(METADATA, KERNELS, GX)
    ),
    _map("value_lengths_to_equal", "length", value=REQUIRED),
    _map("value_lengths_to_be_between", "length_between", **_RANGE),
    _map("values_to_match_regex", "matches", regex="(?s).*"),
    _map("values_to_not_match_regex", "not_matches", regex=REQUIRED),
    _map("values_to_match_regex_list", "matches_any", regex_list=REQUIRED, match_on="any"),
    _map("values_to_not_match_regex_list", "not_matches_any", regex_list=REQUIRED),
    _map("values_to_match_like_pattern", "like", like_pattern=REQUIRED, escape=None),
    _map("values_to_not_match_like_pattern", "not_like", like_pattern=REQUIRED, escape=None),
    _map(
        "values_to_match_like_pattern_list",
        "like_any",
        like_pattern_list=REQUIRED,
        match_on="any",
        escape=None,
    ),
    _map(
        "values_to_not_match_like_pattern_list",
        "not_like_any",
        like_pattern_list=REQUIRED,
        escape=None,
    ),
    _map("values_to_be_increasing", "increasing", strictly=None),
    _map("values_to_be_decreasing", "decreasing", strictly=None),
    _map("values_to_match_strftime_format", "strftime", strftime_format=REQUIRED),
    _map("values_to_be_dateutil_parseable", "dateutil_parseable"),
    _map("values_to_be_json_parseable", "json_parseable"),
    _map("values_to_match_json_schema", "json_schema", json_schema=REQUIRED),
    _map(
        "value_z_scores_to_be_less_than", "z_score_below", threshold=REQUIRED, double_sided=REQUIRED
    ),
    _map("values_to_not_be_outliers", "not_outlier", method="iqr", multiplier=1.5),
)
_AGGREGATES = (
    _aggregate("min_to_be_between", "min", **_RANGE),
    _aggregate("max_to_be_between", "max", **_RANGE),
    _aggregate("mean_to_be_between", "mean", **_RANGE),
    _aggregate("median_to_be_between", "median", **_RANGE),
    _aggregate("stdev_to_be_between", "stdev", **_RANGE),
    _aggregate("sum_to_be_between", "sum", **_RANGE),
    _aggregate("unique_value_count_to_be_between", "unique_count", **_RANGE),
    _aggregate("proportion_of_unique_values_to_be_between", "proportion_unique", **_RANGE),
    _aggregate("proportion_of_non_null_values_to_be_between", "proportion_non_null", **_RANGE),
    _aggregate(
        "quantile_values_to_be_between",
        "quantiles",
        quantile_ranges=REQUIRED,
        allow_relative_error=False,
    ),
    _aggregate("most_common_value_to_be_in_set", "most_common", **_SET, ties_okay=None),
    _aggregate("distinct_values_to_be_in_set", "distinct_in", **_SET),
    _aggregate("distinct_values_to_contain_set", "distinct_contains", **_SET),
    _aggregate("distinct_values_to_equal_set", "distinct_equals", **_SET),
    replace(
        _aggregate(
            "kl_divergence_to_be_less_than",
            "kl_divergence",
            partition_object=None,
            threshold=None,
            internal_weight_holdout=0,
            tail_weight_holdout=0,
            bucketize_data=True,
            min_value=None,
            max_value=None,
        ),
        tiers=(GX,),
    ),
)
_PAIRS = (
    _pair("a_to_be_greater_than_b", "greater_than", or_equal=None, **_PAIR),
    _pair("to_be_equal", "equal", **_PAIR),
    _pair("to_be_in_set", "in_set", value_pairs_set=REQUIRED, **_PAIR),
)
_MULTICOLUMNS = (
    _columns("compound_columns_to_be_unique", "unique_together", **_ROW),
    _columns("multicolumn_sum_to_equal", "sum_to", sum_total=REQUIRED, **_ROW),
    _columns("multicolumn_values_to_be_equal", "equal", **_ROW),
    _columns("select_column_values_to_be_unique_within_record", "unique_within", **_ROW),
)
_TABLES = (
    Entry(
        "expect_column_to_exist",
        "exists",
        "table",
        {"column": REQUIRED, "column_index": None},
        conditional=False,
        tiers=_KNOWN,
    ),
    Entry(
        "expect_column_type_to_be",
        "type",
        "table",
        {"column": REQUIRED, "type_": REQUIRED},
        conditional=False,
        tiers=_KNOWN,
    ),
    _table("row_count_to_equal", "row_count", conditional=True, value=REQUIRED),
    _table("row_count_to_be_between", "row_count_between", conditional=True, **_RANGE),
    Entry(
        "expect_table_row_count_to_equal_other_table",
        "row_count_of",
        "table",
        {"other_table_name": REQUIRED},
        face="table",
        tiers=(SQL,),
    ),
    _table("column_count_to_equal", "column_count", value=REQUIRED),
    _table("column_count_to_be_between", "column_count_between", min_value=None, max_value=None),
    _table("columns_to_match_set", "columns_are", column_set=None, exact_match=True),
    _table("columns_to_match_ordered_list", "columns_ordered", column_list=None),
)
_SQL = (
    Entry(
        "unexpected_rows_expectation",
        "no_rows",
        "sql",
        {"unexpected_rows_query": REQUIRED},
        conditional=False,
        face="table",
        tiers=(SQL,),
    ),
    Entry(
        "expect_query_results_to_match_comparison",
        "query_matches",
        "sql",
        dict.fromkeys(("base_query", "comparison_data_source_name", "comparison_query"), REQUIRED),
        conditional=False,
        face="table",
        tiers=(SQL,),
    ),
)

ENTRIES: Final = (*_COLUMN_MAPS, *_AGGREGATES, *_PAIRS, *_MULTICOLUMNS, *_TABLES, *_SQL)
CONSTRAINT: Final = Entry(
    "expect_column_values_to_meet_constraint",
    "meets",
    "column map",
    {"constraint": REQUIRED},
    conditional=False,
    tiers=(KERNELS,),
    text=text_of,
)
"""The one expectation that is no core one: what a ``Schema`` says beyond them."""
BY_TYPE: Final[Mapping[str, Entry]] = {entry.type: entry for entry in (*ENTRIES, CONSTRAINT)}

_BUILDERS: Final[Mapping[str, str]] = {
    "column": "expect",
    "pair": "expect_pair",
    "columns": "expect_columns",
    "table": "expect_table",
}


def expectations() -> pd.DataFrame:
    """Return the core expectations: type, builder, method, kind, parameters, tiers.

    ``method`` is the short name on what ``builder`` (``expect``, ``expect_pair``, …) returns;
    ``tiers`` says what can answer it for a frame.

    Examples
    --------
    >>> known = expectations().set_index("method")
    >>> known.loc["not_null", "type"]
    'expect_column_values_to_not_be_null'
    """
    import pandas as pd  # noqa: PLC0415 - on use

    return pd.DataFrame(
        {
            "type": [entry.type for entry in ENTRIES],
            "builder": [_BUILDERS[entry.face] for entry in ENTRIES],
            "method": [entry.method for entry in ENTRIES],
            "kind": [entry.kind for entry in ENTRIES],
            "parameters": [
                ", ".join(
                    name if default is REQUIRED else f"{name}={default!r}"
                    for name, default in entry.parameters.items()
                )
                for entry in ENTRIES
            ],
            "tiers": [", ".join(entry.tiers) for entry in ENTRIES],
        }
    )
