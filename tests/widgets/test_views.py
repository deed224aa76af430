"""Filters, orders and failing rows are those of pandas, whatever is explored."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pandas as pd
import polars as pl
import pytest

import dkdata as dk
from dkdata.secrets import redacted
from dkdata.widgets.cells import text_of
from dkdata.widgets.viewing import PAGE_ROWS
from tests.services.databases import run
from tests.services.elasticsearch import indices
from tests.widgets.sources import ROWS, SOURCES, TABLES, rows

FILTERS = {
    "numbers": ([{"column": 0, "op": "between", "low": 5, "high": 20}],
                lambda f: f["n"].between(5, 20)),
    "a label": ([{"column": "x", "op": "between", "low": -0.5, "high": None}],
                lambda f: f["x"] >= -0.5),
    "times": ([{"column": 2, "op": "between", "low": "2024-01-02T00:00:00", "high": "2024-01-03"}],
              lambda f: f["t"].between("2024-01-02", "2024-01-03")),
    "times with a zone": (
        [{"column": 3, "op": "between", "low": "2024-01-02T00:00:00Z", "high": None}],
        lambda f: f["z"] >= pd.Timestamp("2024-01-02", tz="UTC"),
    ),
    "values and null": ([{"column": 4, "op": "in", "values": ["a1%_", None]}],
                        lambda f: f["s"].isin(["a1%_", None]) | f["s"].isna()),
    "no values": ([{"column": 4, "op": "in", "values": []}], lambda f: f["n"] < -1),
    "flags": ([{"column": 5, "op": "in", "values": [True]}], lambda f: f["b"]),
    "null": ([{"column": 1, "op": "null"}], lambda f: f["x"].isna()),
    "two": ([{"column": 1, "op": "not_null"}, {"column": "s", "op": "contains", "text": "1%_"}],
            lambda f: f["x"].notna() & f["s"].str.contains("1%_", regex=False)),
}  # fmt: skip
SORTS = {"one": [[0, False]], "two": [[0, True], [1, False]], "times": [[2, True]]}


def expected(frame, keeps=None, sort=()):
    kept = frame if keeps is None else frame[keeps(frame).fillna(value=False).astype(bool)]
    if not sort:
        return kept
    labels, down = [frame.columns[place] for place, _ in sort], [not down for _, down in sort]
    return kept.sort_values(labels, ascending=down, na_position="last", kind="stable")


def numbers(frame):
    return [None if value is pd.NA else str(value) for value in frame["n"]]


def shown(page):
    assert page.explorer.status["state"] == "idle", page.explorer.status
    found = [row[0] for row in page.rows()["cells"]]
    assert page.explorer.view["rows"] == len(found)
    assert [row[0] for row in page.explorer.head["cells"]] == found[:PAGE_ROWS]
    return found


@pytest.fixture
def page(request, show):
    return show(SOURCES[request.param](rows()))


@pytest.mark.parametrize("page", SOURCES, indirect=True)
def test_filters_keep_the_rows_that_pandas_keeps(page):
    for filters, keeps in FILTERS.values():
        page.put(filters=filters)
        assert shown(page) == numbers(expected(rows(), keeps))


@pytest.mark.parametrize("page", SOURCES, indirect=True)
def test_orders_are_those_of_pandas_with_nulls_last(page):
    for sort in SORTS.values():
        page.put(sort=sort)
        assert shown(page) == numbers(expected(rows(), None, sort))
        page.put(filters=FILTERS["a label"][0])
        assert shown(page) == numbers(expected(rows(), FILTERS["a label"][1], sort))
        page.put(filters=[])


@pytest.mark.parametrize("page", SOURCES, indirect=True)
def test_failing_rows_are_shown_filtered_and_sorted(page):
    key = page.edit("add", type="expect_column_values_to_be_between",
                    kwargs={"column": "n", "min_value": 10})  # fmt: skip
    failing = expected(rows(), lambda f: f["n"] < 10)
    page.put(showing=key)
    assert shown(page) == numbers(failing)
    assert page.explorer.head["marks"] == [[0]] * min(len(failing), PAGE_ROWS)
    assert page.explorer.results[key]["failing"] == len(failing)
    page.put(filters=FILTERS["flags"][0], sort=[[1, True]])
    assert shown(page) == numbers(expected(failing, FILTERS["flags"][1], [[1, True]]))
    page.put(showing="", filters=[], sort=[])
    assert shown(page) == numbers(rows())


@pytest.mark.parametrize("between", [0, 1_000_000], ids=["read whole", "read with what is between"])
@pytest.mark.parametrize("page", TABLES, indirect=True)
def test_pages_of_failing_rows_begin_anywhere(page, between, monkeypatch):
    monkeypatch.setattr("dkdata.widgets.sources.tables._MOST_BETWEEN", between)
    key = page.edit("add", type="expect_column_values_to_be_between",
                    kwargs={"column": "n", "min_value": 10})  # fmt: skip
    failing = expected(rows(), lambda f: f["n"] < 10)
    page.put(showing=key)
    part = page.rows(offset=3, limit=20, first=2, count=3)
    wanted = failing.iloc[3:23]
    assert part["labels"] == [str(label) for label in wanted.index]
    cells = wanted.iloc[:, 2:5].itertuples(index=False)
    assert part["cells"] == [[text_of(v) for v in row] for row in cells]
    assert page.rows(offset=len(failing))["cells"] == []


@pytest.mark.parametrize("page", SOURCES, indirect=True)
def test_pages_begin_anywhere(page):
    frame = rows()
    assert page.explorer.rows == ROWS
    part = page.rows(offset=250, limit=7, first=4, count=9)
    assert part["labels"] == [str(n) for n in range(250, 257)]
    wanted = frame.iloc[250:257, 4:]
    assert part["cells"] == [[text_of(v) for v in row] for row in wanted.itertuples(index=False)]
    assert page.rows(offset=ROWS - 1)["labels"] == [str(ROWS - 1)]
    assert page.rows(offset=ROWS)["cells"] == []
    assert page.rows(offset=10**12)["cells"] == []
    assert page.rows(limit=2, first=6)["cells"] == [[], []]


@pytest.mark.parametrize("page", SOURCES, indirect=True)
def test_the_sql_of_a_view_gives_its_rows(page, request):
    frame = rows()
    for filters, keeps in FILTERS.values():
        page.put(filters=filters, sort=[[1, False]])
        wanted = len(expected(frame, keeps))
        sql = page.explorer.sql
        if "a query" in request.node.name:
            assert sql == ""
        elif any(f"[{name}]" in request.node.name for name in TABLES):
            assert len(dk.sql(sql)) == wanted
        else:
            assert len(frame.dk.query(sql)) == wanted


@pytest.mark.parametrize("page", SOURCES, indirect=True)
def test_data_is_what_is_shown(page):
    page.put(filters=FILTERS["numbers"][0], sort=SORTS["two"])
    found = [row[0] for row in page.explorer.data().fetchall()]
    wanted = expected(rows(), FILTERS["numbers"][1], SORTS["two"])
    assert found == wanted["n"].tolist()


@pytest.mark.parametrize("postgres_url", ["postgres"], indirect=True)
class TestPostgres:
    """The server answers."""

    @pytest.fixture
    def page(self, postgres_url, show):
        dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
        dk.save(rows(), "warehouse.rows")
        return show(dk.table("warehouse.rows"))

    def test_filters(self, page):
        for filters, keeps in FILTERS.values():
            page.put(filters=filters)
            assert shown(page) == numbers(expected(rows(), keeps))

    def test_orders(self, page):
        for sort in SORTS.values():
            page.put(sort=sort)
            assert shown(page) == numbers(expected(rows(), None, sort))

    def test_failing_rows(self, page):
        test_failing_rows_are_shown_filtered_and_sorted(page)

    def test_pages(self, page):
        test_pages_begin_anywhere(page)

    def test_figures_are_those_of_the_frame(self, page, show):
        known = show(rows()).explorer.figures
        for position, told in page.explorer.figures.items():
            other = known[position]
            assert told["nulls"] == other["nulls"]
            assert told.get("top") == other.get("top")
            if "bins" in told:
                assert told["bins"]["counts"] == other["bins"]["counts"]

    def test_details_are_those_of_the_frame(self, page, show):
        frame = show(rows())
        for position in range(6):
            told, other = page.select(position), frame.select(position)
            for name in ("scale", "zone", "lengths", "others"):
                assert told.get(name) == other.get(name), (position, name)

    def test_floats_that_are_no_numbers(self, postgres_url, show):
        dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
        run(postgres_url, "CREATE TABLE odd (x float8, b bytea)")
        run(
            postgres_url,
            "INSERT INTO odd VALUES ('NaN', '\\x00'), ('Infinity', ''), (1.5, NULL), (-2, NULL)",
        )
        page = show(dk.table("warehouse.odd"))
        told = page.explorer.figures["0"]
        assert (told["min"], told["max"]) == ("-2", "1.5")
        assert {("NaN", "1"), ("infinite", "1")} <= set(map(tuple, page.select(0)["facts"]))
        assert sum(told["bins"]["counts"]) == 2
        for position in (0, 1):
            json.dumps(page.select(position), allow_nan=False)
        assert [value for _, value, _ in page.explorer.detail["top"]] == [None, None]

    def test_no_password_is_told(self, postgres_url, show):
        url = f"{postgres_url}#people"
        people = pd.DataFrame({"age": [36]})
        dk.save(people, url)
        page = show(dk.table(url), dk.expect("age").between(0, 120), compare_to=url)
        page.ask("compare", target=url)
        told = [page.state, page.explorer.get_state(), page.sent, page.ask("code")]
        password = urlsplit(postgres_url).password
        assert password
        assert password not in json.dumps(told, default=str)
        assert password not in page.explorer.to_html()
        assert dk.explore(people, compare_to=url).comparison["left"] == redacted(url)


class TestElasticsearch:
    """The server answers where it knows all of the columns; else all rows are read."""

    @pytest.fixture
    def _search(self, elasticsearch_url):
        with indices.created(elasticsearch_url) as made:
            dk.configure({"stores": {"search": made.options}})
            yield

    @pytest.mark.usefixtures("_search")
    @pytest.mark.parametrize("columns", ["n s b", "n x s b", "n x t z s b"])
    def test_figures_are_those_of_the_frame(self, show, columns):
        frame = rows()[columns.split()]
        dk.save(frame, "search.rows")
        page, known = show(dk.table("search.rows")), show(frame)
        assert page.explorer.figures.keys() == known.explorer.figures.keys()
        for position, told in page.explorer.figures.items():
            other = known.explorer.figures[position]
            for name in ("nulls", "top", *(("min", "max") if "bins" in other else ())):
                assert told.get(name) == other.get(name), (position, name)
            assert told.get("bins", {}).get("counts") == other.get("bins", {}).get("counts")
        for position in range(len(frame.columns)):
            here, there = page.select(position), known.select(position)
            for name in ("scale", "zone", "others"):
                assert here.get(name) == there.get(name), (position, name)

    @pytest.mark.usefixtures("_search")
    def test_failing_rows(self, show):
        dk.save(rows(), "search.rows")
        test_failing_rows_are_shown_filtered_and_sorted(show(dk.table("search.rows")))


INDEXES = {
    "range": (pd.RangeIndex(10, 18, 2), ["10", "12", "14", "16"]),
    "named": (pd.Index(["p", "q", "r", None], name="key"), ["p", "q", "r", "null"]),
    "empty text": (pd.Index(["p", "", "r", None]), ["p", "", "r", "null"]),
    "times": (pd.date_range("2024-01-01", periods=4, freq="6h"),
              ["2024-01-01", "2024-01-01 06:00:00", "2024-01-01 12:00:00", "2024-01-01 18:00:00"]),
    "levels": (pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["k", None]),
               ["x, 1", "x, 2", "y, 1", "y, 2"]),
    "repeated": (pd.Index([7, 7, 7, 7]), ["7"] * 4),
}  # fmt: skip


@pytest.mark.parametrize("name", INDEXES)
def test_row_labels_are_the_index_of_the_frame(name, show):
    index, labels = INDEXES[name]
    page = show(pd.DataFrame({"a": [3, 1, 2, 0]}, index=index))
    assert page.explorer.head["labels"] == labels
    assert page.explorer.index == ["" if one is None else one for one in index.names]
    page.put(sort=[[0, False]])
    assert page.explorer.head["labels"] == [labels[place] for place in (3, 1, 2, 0)]
    page.put(filters=[{"column": 0, "op": "between", "low": 2, "high": None}])
    assert page.explorer.head["labels"] == [labels[place] for place in (2, 0)]


def test_labels_of_a_stored_index(show):
    page = show(TABLES["Parquet"](rows().set_index("s")))
    assert page.explorer.index == ["s"]
    assert page.rows(offset=200, limit=1)["labels"] == [rows()["s"][200]]


def test_numbers_are_meant_as_they_are_written(show):
    import decimal  # noqa: PLC0415 - of this test alone

    values = [decimal.Decimal("1.10"), decimal.Decimal("1.20"), None]
    page = show(pd.DataFrame({"c": values, "f": pd.array([0.1, 0.2, None], dtype="Float32")}))
    page.put(filters=[{"column": 0, "op": "in", "values": [1.1]}])
    assert page.explorer.head["cells"] == [["1.10", text_of(page.explorer.head["cells"][0][1])]]
    page.put(filters=[{"column": 1, "op": "between", "low": 0.1, "high": 0.1}])
    assert page.explorer.view["rows"] == 1


def test_columns_of_one_name_are_told_apart(show):
    frame = pd.DataFrame([[1, 9], [2, 8], [3, 7]], columns=["a", "a"])
    page = show(frame)
    page.put(filters=[{"column": 1, "op": "between", "low": 8, "high": None}], sort=[[1, False]])
    assert page.explorer.head["cells"] == [["2", "8"], ["1", "9"]]


WRONG = {
    "no filter": {"filters": ["x"]},
    "no column": {"filters": [{"column": "zz", "op": "null"}]},
    "no such place": {"sort": [[6, False]]},
    "no operation": {"filters": [{"column": 0, "op": "like"}]},
    "no bound": {"filters": [{"column": 0, "op": "between"}]},
    "no list": {"filters": [{"column": 0, "op": "in", "values": "ab"}]},
    "other type": {"filters": [{"column": 0, "op": "between", "low": "soon"}]},
    "no rule": {"showing": "r99"},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_shown_is_said_and_the_rest_goes_on(name, show):
    page = show(rows())
    page.put(**WRONG[name])
    assert page.explorer.status["state"] == "error"
    assert page.explorer.status["text"]
    page.put(filters=[], sort=[[0, True]], showing="")
    assert shown(page) == numbers(expected(rows(), None, [[0, True]]))


def test_the_frame_that_was_given_is_not_changed(show):
    frame, copy = rows(), rows()
    page = show(frame)
    page.put(filters=FILTERS["two"][0], sort=SORTS["two"], selected=1)
    pd.testing.assert_frame_equal(frame, copy)
    changed = pl.from_pandas(rows())
    assert show(changed).explorer.rows == changed.height
