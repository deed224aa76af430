"""``expect`` and its sisters: suites written as chains of short methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from dkdata.errors import UsageError
from dkdata.validation.builders.aggregate_rules import AggregateRules
from dkdata.validation.builders.building import Builder, Closed, Options, bounds
from dkdata.validation.builders.row_rules import RowRules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self, Unpack

MissingInPair = Literal["both_values_are_missing", "either_value_is_missing", "neither"]
MissingInRow = Literal["all_values_are_missing", "any_value_is_missing", "never"]


class ColumnExpectations(RowRules, AggregateRules):
    """Rules about one column; made by ``dk.expect(column)``."""

    face = "column"

    def exists(self, *, index: int | None = None, **options: Unpack[Options]) -> Self:
        """Expect the column to be there, at position ``index`` (from 0) if given."""
        return self._rule("exists", {"column_index": index}, options)

    def type(self, name: str, **options: Unpack[Options]) -> Self:
        """Expect the column to have the type of that name."""
        return self._rule("type", {"type_": name}, options)


class PairExpectations(Builder):
    """Rules about two columns, row by row; made by ``dk.expect_pair(a, b)``."""

    face = "pair"

    def greater_than(
        self,
        *,
        or_equal: bool = False,
        mostly: float = 1,
        ignore_row_if: MissingInPair = "both_values_are_missing",
        **options: Unpack[Options],
    ) -> Self:
        """Expect the first to be greater than the second."""
        given = {"or_equal": or_equal or None, "ignore_row_if": ignore_row_if}
        return self._rule("greater_than", given, options, mostly)

    def equal(
        self,
        *,
        mostly: float = 1,
        ignore_row_if: MissingInPair = "both_values_are_missing",
        **options: Unpack[Options],
    ) -> Self:
        """Expect both to be equal."""
        return self._rule("equal", {"ignore_row_if": ignore_row_if}, options, mostly)

    def in_set(
        self,
        pairs: Iterable[tuple[Any, Any]],
        *,
        mostly: float = 1,
        ignore_row_if: MissingInPair = "both_values_are_missing",
        **options: Unpack[Options],
    ) -> Self:
        """Expect pairs of the set."""
        given = {"value_pairs_set": pairs, "ignore_row_if": ignore_row_if}
        return self._rule("in_set", given, options, mostly)


class ColumnsExpectations(Builder):
    """Rules about several columns, row by row; made by ``dk.expect_columns(names)``."""

    face = "columns"

    def unique_together(
        self,
        *,
        mostly: float = 1,
        ignore_row_if: MissingInRow = "all_values_are_missing",
        **options: Unpack[Options],
    ) -> Self:
        """Expect no combination of their values twice."""
        return self._rule("unique_together", {"ignore_row_if": ignore_row_if}, options, mostly)

    def sum_to(
        self,
        total: float,
        *,
        mostly: float = 1,
        ignore_row_if: MissingInRow = "all_values_are_missing",
        **options: Unpack[Options],
    ) -> Self:
        """Expect their sum to be ``total`` in each row."""
        given = {"sum_total": total, "ignore_row_if": ignore_row_if}
        return self._rule("sum_to", given, options, mostly)

    def equal(
        self,
        *,
        mostly: float = 1,
        ignore_row_if: MissingInRow = "all_values_are_missing",
        **options: Unpack[Options],
    ) -> Self:
        """Expect all of them to be equal in each row."""
        return self._rule("equal", {"ignore_row_if": ignore_row_if}, options, mostly)

    def unique_within(
        self,
        *,
        mostly: float = 1,
        ignore_row_if: MissingInRow = "all_values_are_missing",
        **options: Unpack[Options],
    ) -> Self:
        """Expect no value twice within a row."""
        return self._rule("unique_within", {"ignore_row_if": ignore_row_if}, options, mostly)


class TableExpectations(Builder):
    """Rules about the table as a whole; made by ``dk.expect_table()``."""

    face = "table"

    def row_count(self, value: int, **options: Unpack[Options]) -> Self:
        """Expect that many rows."""
        return self._rule("row_count", {"value": value}, options)

    def row_count_between(
        self,
        low: int | None = None,
        high: int | None = None,
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect ``low`` to ``high`` rows."""
        given = bounds(low, high, closed, strict_min=False, strict_max=False)
        return self._rule("row_count_between", given, options)

    def row_count_of(self, other: str, **options: Unpack[Options]) -> Self:
        """Expect as many rows as another table has."""
        return self._rule("row_count_of", {"other_table_name": other}, options)

    def column_count(self, value: int, **options: Unpack[Options]) -> Self:
        """Expect that many columns."""
        return self._rule("column_count", {"value": value}, options)

    def column_count_between(
        self, low: int | None = None, high: int | None = None, **options: Unpack[Options]
    ) -> Self:
        """Expect ``low`` to ``high`` columns."""
        given = {"min_value": low, "max_value": high}
        return self._rule("column_count_between", given, options)

    def columns_are(
        self, names: Iterable[Any], *, exact: bool = True, **options: Unpack[Options]
    ) -> Self:
        """Expect those columns in any order; with ``exact=False`` others may be there."""
        given = {"column_set": names, "exact_match": exact}
        return self._rule("columns_are", given, options)

    def columns_ordered(self, names: Iterable[Any], **options: Unpack[Options]) -> Self:
        """Expect exactly those columns in that order."""
        return self._rule("columns_ordered", {"column_list": names}, options)

    def no_rows(self, query: str, **options: Unpack[Options]) -> Self:
        """Expect the SQL query to find nothing: ``"select * from {batch} where a > b"``."""
        return self._rule("no_rows", {"unexpected_rows_query": query}, options)

    def query_matches(
        self,
        query: str,
        other_source: str,
        other_query: str,
        *,
        mostly: float = 1,
        **options: Unpack[Options],
    ) -> Self:
        """Expect a query to find the same as another query in another data source."""
        given = {
            "base_query": query,
            "comparison_data_source_name": other_source,
            "comparison_query": other_query,
        }
        return self._rule("query_matches", given, options, mostly)


def expect(column: Any) -> ColumnExpectations:  # noqa: ANN401 - any label
    """Return a suite about one column, to which every method adds a rule.

    Examples
    --------
    >>> from dkdata.validation import expect
    >>> expect("age").between(0, 120, mostly=0.99).not_null()
    Suite 'age', 2 expectations
      age: between(0, 120, mostly=0.99)
      age: not_null
    """
    if isinstance(column, list | set | dict):
        message = (
            f"expect({column!r}) takes one column. For rules about each of several, a list:"
            " [expect('a').not_null(), expect('b').not_null()]; for one about them together,"
            " expect_columns."
        )
        raise UsageError(message)
    return ColumnExpectations(str(column) or "column", {"column": column})


def expect_pair(a: Any, b: Any) -> PairExpectations:  # noqa: ANN401 - any labels
    """Return a suite about two columns, to which every method adds a rule.

    Examples
    --------
    >>> from dkdata.validation import expect_pair
    >>> str(expect_pair("arrival", "departure").greater_than()[0])
    'arrival, departure: greater_than'
    """
    return PairExpectations(f"{a}, {b}", {"column_A": a, "column_B": b})


def expect_columns(columns: Iterable[Any]) -> ColumnsExpectations:
    """Return a suite about several columns, to which every method adds a rule.

    Examples
    --------
    >>> from dkdata.validation import expect_columns
    >>> str(expect_columns(["year", "flight"]).unique_together()[0])
    'year, flight: unique_together'
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    if len(names) < 2:  # noqa: PLR2004 - one column is no combination
        message = f"expect_columns({columns!r}) needs two columns or more. For one, expect(column)."
        raise UsageError(message)
    return ColumnsExpectations(", ".join(map(str, names)), {"column_list": names})


def expect_table() -> TableExpectations:
    """Return a suite about the table as a whole, to which every method adds a rule.

    Examples
    --------
    >>> from dkdata.validation import expect_table
    >>> str(expect_table().row_count_between(1, 100)[0])
    'table: row_count_between(1, 100)'
    """
    return TableExpectations("table", {})
