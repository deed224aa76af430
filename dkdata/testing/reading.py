"""What every store does with predicates, order, pages, projections and aggregates."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, QueryError, TableNotFoundError, UsageError
from dkdata.predicate import Predicate, col
from dkdata.testing.comparing import assert_same
from dkdata.testing.predicates import PREDICATES, ROWS, SQL_TEXTS, expected_ids, frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.testing.comparing import Target

REFUSED = (
    (col("s") > 1, "column 's' is text and cannot be compared with 1"),
    (col("n") == "x", "column 'n' is .* and cannot be compared with 'x'"),
    (col("b") == 0, "column 'b' is true or false"),
    (col("t") > 5, "column 't' .* cannot be compared with 5"),
    (col("n").like("1%"), "column 'n' is .* for text"),
    ("s > 1", "cannot be compared"),
    ("n > ", "syntax error"),
    ("n > 1; drop table x", "syntax error"),
    ("n in (select 1)", "no subquery"),
    ("n = ?", "no parameters"),
    ("sum(n) > 1", "aggregate"),
    ("", "empty"),
)

# How many predicates are drawn; many more for a long sweep.
EXAMPLES = int(os.environ.get("DKDATA_TEST_EXAMPLES", "40"))


@pytest.fixture(name="table")
def _table(target: Target) -> str:
    saved = target("meanings")
    dk.save(frame(), saved)
    return saved


def _ids(table: str, **options: Any) -> list[int]:
    return [
        int(i) for i in dk.load(table, columns=["id"], as_="arrow", **options)["id"].to_pylist()
    ]


def _ordered(name: str, *, descending: bool = False) -> list[int]:
    """Return the ids in the order of a column, ties by id, nulls last."""
    held = [row for row in ROWS if row[name] is not None]
    missing = [row["id"] for row in ROWS if row[name] is None]
    ordered = sorted(held, key=lambda row: row[name], reverse=descending)
    return [row["id"] for row in ordered] + missing


def drawn_predicates() -> st.SearchStrategy[Predicate]:
    """Return a strategy of predicates over the rows, nested up to a dozen leaves."""
    leaves = st.sampled_from([*PREDICATES, *(~predicate for predicate in PREDICATES)])
    grow: Callable[[Any], Any] = lambda part: st.one_of(  # noqa: E731 - one expression
        st.tuples(part, part).map(lambda two: two[0] & two[1]),
        st.tuples(part, part).map(lambda two: two[0] | two[1]),
        part.map(lambda one: ~one),
    )
    return st.recursive(leaves, grow, max_leaves=12)


class Predicates:
    """A predicate keeps exactly the rows of which it is true."""

    @pytest.mark.parametrize("negated", [False, True], ids=["plain", "not"])
    def test_the_predicate_table(self, table: str, negated: bool) -> None:  # noqa: FBT001
        for plain in PREDICATES:
            predicate = ~plain if negated else plain
            expected = expected_ids(predicate)
            assert (predicate, _ids(table, where=predicate)) == (predicate, expected)
            assert (predicate, dk.count(table, predicate)) == (predicate, len(expected))

    def test_sql_texts(self, table: str) -> None:
        for text, predicate in SQL_TEXTS.items():
            assert (text, _ids(table, where=text)) == (text, expected_ids(predicate))

    # The table is saved once and only read; every store runs the inherited test by itself.
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
            HealthCheck.too_slow,
        ],
    )
    @given(predicate=drawn_predicates())
    def test_drawn_predicates(self, table: str, predicate: Predicate) -> None:
        assert _ids(table, where=predicate) == expected_ids(predicate)

    def test_what_cannot_be_compared_is_refused(self, table: str) -> None:
        for where, message in REFUSED:
            with pytest.raises(QueryError, match=message):
                dk.load(table, where=where)

    @pytest.mark.parametrize("where", [col("nn") > 1, "nn > 1", "lower(nn) = 'x'"], ids=repr)
    def test_an_unknown_column_is_named(self, table: str, where: Any) -> None:
        with pytest.raises(ColumnNotFoundError, match=r"no column 'nn'.* Did you mean 'n'"):
            dk.load(table, where=where)

    def test_an_unknown_table_is_named(self, target: Target, table: str) -> None:
        assert dk.exists(table)
        with pytest.raises(TableNotFoundError, match=r"no table named .*There are: .*meanings"):
            dk.load(target("meaning"))

    def test_deleted_rows_are_those_that_are_kept(self, table: str) -> None:
        where = (col("n") > 5) | col("s").is_null()
        assert dk.delete(table, where) == len(expected_ids(where))
        left = [row["id"] for row in ROWS if row["id"] not in expected_ids(where)]
        assert sorted(_ids(table)) == left

    def test_paths_into_structures(self, target: Target) -> None:
        place = pd.Series(
            [{"city": "Oslo", "zip": 1}, None, {"city": None, "zip": 3}], dtype=object
        )
        dk.save(pd.DataFrame({"id": [1, 2, 3], "place": place}), target("nested"))
        assert _ids(target("nested"), where=col("place.city") == "Oslo") == [1]
        assert _ids(target("nested"), where=col("place.zip") > 1) == [3]
        assert _ids(target("nested"), where=col("place.city").is_null()) == [2, 3]


class Order:
    """Sorting and paging."""

    @pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
    @pytest.mark.parametrize("name", ["n", "f", "s", "b", "t", "d", "m", 'o\'s "name"'])
    def test_nulls_last_and_ties_stable(self, table: str, name: str, descending: bool) -> None:  # noqa: FBT001
        key = f"-{name}" if descending else name
        assert _ids(table, order_by=[key, "id"]) == _ordered(name, descending=descending)

    def test_a_column_that_begins_with_a_hyphen(self, target: Target) -> None:
        dk.save(pd.DataFrame({"x": [1, 2], "-x": [5, 4]}), target("odd"))
        assert dk.load(target("odd"), order_by="-x")["x"].tolist() == [2, 1]

    @pytest.mark.parametrize(
        ("limit", "offset", "expected"),
        [(0, 0, []), (3, 2, [3, 4, 5]), (None, 8, [9, 10]), (5, 9, [10]), (5, 50, [])],
    )
    def test_pages(self, table: str, limit: int | None, offset: int, expected: list[int]) -> None:
        assert _ids(table, order_by="id", limit=limit, offset=offset) == expected
        assert _ids(table, limit=limit, offset=offset) == expected

    @pytest.mark.parametrize("name", ["limit", "offset"])
    def test_a_negative_number_is_refused(self, table: str, name: str) -> None:
        with pytest.raises(UsageError, match=f"{name}=-1 is not possible"):
            dk.load(table, **{name: -1})

    def test_each_step_acts_on_the_one_before(self, table: str) -> None:
        found = dk.table(table).limit(5).filter(col("n") > 5)
        assert found.to_pandas()["id"].tolist() == [3, 4, 5]
        assert found.count() == 3
        assert dk.table(table).sort("-id").limit(2, offset=1).select("id").to_pandas()[
            "id"
        ].tolist() == ([9, 8])


class Projection:
    """Columns, kinds of frames, batches."""

    def test_columns_in_the_order_wanted(self, table: str) -> None:
        assert_same(dk.load(table, columns=["s", "id"]), frame()[["s", "id"]])

    def test_a_filtered_load_numbers_from_0(self, table: str) -> None:
        kept = frame()[frame()["id"].isin([3, 5])].reset_index(drop=True)
        assert_same(dk.load(table, where=col("id").is_in([3, 5])), kept)

    def test_the_index_comes_back_with_its_rows(self, target: Target) -> None:
        saved = frame().set_index("s")
        dk.save(saved, target("indexed"))
        assert_same(dk.load(target("indexed"), columns=["n"]), saved[["n"]])
        assert_same(dk.load(target("indexed"), where="s = 'Z'"), saved.loc[["Z"]])
        assert dk.load(target("indexed"), order_by="-s", limit=1).index.tolist() == ["größe_100%"]

    def test_an_unknown_column_is_named(self, table: str) -> None:
        with pytest.raises(ColumnNotFoundError, match=r"no column 'idd'.* Did you mean 'id'"):
            dk.load(table, columns=["idd"])

    @pytest.mark.parametrize("kind", ["polars", "lazy", "arrow", "duckdb"])
    def test_other_kinds_of_frames(self, table: str, kind: Any) -> None:
        found = dk.load(table, as_=kind)
        rows = found.collect() if kind == "lazy" else found
        values = rows.to_arrow_table() if kind == "duckdb" else rows
        expected = [row["n"] for row in ROWS]
        column = values["n"]
        assert (column.to_list() if kind in ("polars", "lazy") else column.to_pylist()) == expected

    def test_batches_have_the_size_asked_for(self, table: str) -> None:
        batches = list(dk.scan(table, batch_rows=4))
        assert [batch.num_rows for batch in batches] == [4, 4, 2]
        assert [i for batch in batches for i in batch["id"].to_pylist()] == [r["id"] for r in ROWS]

    def test_what_the_table_says_of_itself(self, table: str) -> None:
        found = dk.table(table)
        assert found.columns == list(frame().columns)
        assert len(found) == found.count() == 10
        assert "DuckDB" in found.filter("n > 1").explain()
        assert "größe_100%" in found._repr_html_()

    def test_sql_over_the_table(self, target: Target, table: str) -> None:
        name = table if "/" not in table and not table.endswith(SUFFIXED) else f"'{table}'"
        found = dk.sql(f"select b, count(*) as n from {name} group by b order by b nulls last")
        assert found["n"].tolist() == [4, 4, 2]
        assert target("meanings") == table


SUFFIXED = (
    ".parquet",
    ".csv",
    ".tsv",
    ".json",
    ".jsonl",
    ".ndjson",
    ".arrow",
    ".feather",
    ".gz",
    ".zst",
)


class Aggregates:
    """Groups, null being one, and what is computed of them."""

    def test_groups(self, table: str) -> None:
        found = dk.table(table).aggregate(by=["b"], rows="size", n=("n", "count"), top=("s", "max"))
        assert found.to_arrow().to_pylist() == [
            {"b": False, "rows": 4, "n": 4, "top": "apple pie"},
            {"b": True, "rows": 4, "n": 4, "top": "ap_le"},
            {"b": None, "rows": 2, "n": 1, "top": "größe_100%"},
        ]

    def test_every_function(self, table: str) -> None:
        kept = dk.table(table).filter(col("id").is_in([1, 2, 3, 4, 5]))
        n = pd.Series([1, 10, 9, 100])
        functions = ("sum", "mean", "min", "max", "count", "n_unique", "median", "std", "var",
                     "first", "last")  # fmt: skip
        (row,) = kept.aggregate(**{name: ("n", name) for name in functions}).to_arrow().to_pylist()
        expected = [120, 30.0, 1, 100, 4, 4, 9.5, n.std(), n.var(), 1, 100]
        for name, value in zip(functions, expected, strict=True):
            assert math.isclose(row[name], value, rel_tol=1e-12), name
        assert isinstance(row["sum"], int)

    def test_exact_sums(self, table: str) -> None:
        (row,) = dk.table(table).aggregate(m=("m", "sum"), n=("n", "sum")).to_arrow().to_pylist()
        assert row["m"] == sum(r["m"] for r in ROWS if r["m"] is not None)
        assert row["n"] == sum(r["n"] for r in ROWS if r["n"] is not None)

    def test_an_overflow_is_an_error(self, target: Target) -> None:
        dk.save(pd.DataFrame({"n": [2**62, 2**62]}), target("huge"))
        with pytest.raises(QueryError):
            dk.table(target("huge")).aggregate(total=("n", "sum")).to_pandas()

    def test_dtypes_of_groups_are_kept(self, target: Target) -> None:
        kinds = pd.Categorical(["b", "a", "b"], categories=["b", "a"])
        dk.save(pd.DataFrame({"k": kinds, "v": [1, 2, 3]}), target("grouped"))
        found = dk.table(target("grouped")).aggregate(by="k", v=("v", "sum")).to_pandas()
        assert found.dtypes.astype(str).to_dict() == {"k": "category", "v": "int64"}

    def test_what_makes_no_sense_is_refused(self, table: str) -> None:
        with pytest.raises(QueryError, match="'sum' is for numbers; column 's' is text"):
            dk.table(table).aggregate(x=("s", "sum")).to_pandas()
        with pytest.raises(UsageError, match=r"'summ' is not possible. Did you mean 'sum'"):
            dk.table(table).aggregate(x=("n", "summ"))
        with pytest.raises(ColumnNotFoundError, match="'nn'"):
            dk.table(table).aggregate(x=("nn", "sum")).to_pandas()


class ReadingTests(Predicates, Order, Projection, Aggregates):
    """Everything about reading."""
