"""The figures of columns are those of pandas."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dkdata as dk
from dkdata.testing.dtypes import EVERY_DTYPE, EVERY_POLARS_DTYPE, FRAME_SHAPES
from dkdata.widgets.figures import bins
from tests.widgets.pages import Page

EVERY = {f"pandas {name}": pd.DataFrame({"c": values}) for name, values in EVERY_DTYPE.items()} | {
    f"polars {name}": pl.DataFrame({"c": values}) for name, values in EVERY_POLARS_DTYPE.items()
}
FINE = ("time64[ns] ArrowDtype",)
"""Times of a day have microseconds in Python."""


def figures(values, show):
    page = show(pd.DataFrame({"c": values}))
    assert page.explorer.status["state"] == "idle", page.explorer.status
    return page.explorer.figures["0"]


def facts(detail):
    return dict(detail["facts"])


def strict_json(state):
    """Return a state as a kernel sends it: NaN and infinity are no JSON."""
    return json.dumps(state, allow_nan=False, default=lambda widget: repr(type(widget)))


@pytest.mark.parametrize("name", EVERY)
def test_every_dtype_is_told(name, show):
    page = show(EVERY[name])
    detail = page.select(0)
    assert page.explorer.status == {"state": "idle", "text": ""}
    assert detail["column"] == 0
    assert strict_json(page.explorer.get_state())


@pytest.mark.parametrize("name", EVERY_DTYPE)
def test_nulls_of_every_dtype(name, show):
    values = EVERY_DTYPE[name]
    told = figures(values, show)
    assert told["nulls"] == values.isna().sum()


@pytest.mark.parametrize("name", EVERY)
def test_bins_sum_to_the_values(name, show):
    page = show(EVERY[name])
    told, detail = page.explorer.figures["0"], page.select(0)
    placed = len(EVERY[name]) - told["nulls"] - told.get("nan", 0) - told.get("infinite", 0)
    for one in (told.get("bins"), detail.get("bins")):
        assert one is None or sum(one["counts"]) == placed
    if told.get("bins"):
        assert len(told["bins"]["counts"]) <= bins.IN_LIST
        assert len(detail["bins"]["counts"]) <= bins.IN_DETAIL


@pytest.mark.parametrize("name", [name for name in EVERY if not name.endswith(FINE)])
def test_distinct_values_of_the_detail_are_exact(name, show):
    values = EVERY[name]["c"]
    if name.startswith("polars"):
        kept = values.drop_nulls().to_list()
    else:
        kept = [v for v in values.astype(object) if not (np.ndim(v) == 0 and pd.isna(v))]
        if "nan" in name:
            kept.append(float("nan"))
    detail = show(EVERY[name]).select(0)
    distinct = len({repr(value) for value in kept})
    assert facts(detail)["distinct"].split()[0] == f"{distinct:,}"


def test_numbers_are_told_as_pandas_computes_them(show):
    values = pd.Series([3, 1, 4, 1, 5, 9, 2, 6])
    told = figures(values, show)
    assert (told["nulls"], told["min"], told["max"]) == (0, "1", "9")
    assert float(told["mean"]) == values.mean()


def test_facts_of_numbers(show):
    values = pd.Series(np.arange(1, 102, dtype="float64"))
    told = facts(show(pd.DataFrame({"c": values})).select(0))
    assert told["standard deviation"] == f"{values.std():.6g}"
    for name, share in (("1%", 0.01), ("25%", 0.25), ("median", 0.5), ("99%", 0.99)):
        assert float(told[name]) == values.quantile(share, interpolation="lower")


def test_nulls_are_no_nan(show):
    values = pd.Series(pd.arrays.ArrowExtensionArray(pa.array([1.0, None, np.nan, np.inf])))
    told = figures(values, show)
    assert (told["nulls"], told["nan"], told["infinite"]) == (1, 1, 1)
    assert (told["min"], told["max"], told["mean"]) == ("1", "1", "1")


def test_nan_of_numpy_is_null(show):
    told = figures(pd.Series([1.0, np.nan, np.inf, -np.inf]), show)
    assert (told["nulls"], told["infinite"]) == (1, 2)
    assert "nan" not in told


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=40))
def test_any_whole_numbers(values):
    column = pd.array(values, dtype="Int64")
    page = Page(pd.DataFrame({"c": column}))
    told = page.explorer.figures["0"]
    page.close()
    there = [value for value in values if value is not None]
    assert told["nulls"] == len(values) - len(there)
    if there:
        assert (told["min"], told["max"]) == (str(min(there)), str(max(there)))
        assert sum(told["bins"]["counts"]) == len(there)


@given(st.lists(st.one_of(st.none(), st.floats()), max_size=40))
def test_any_floats(values):
    page = Page(pl.DataFrame({"c": pl.Series(values, dtype=pl.Float64)}))
    told = page.explorer.figures["0"]
    page.close()
    there = [value for value in values if value is not None]
    finite = [value for value in there if np.isfinite(value)]
    assert told["nulls"] == len(values) - len(there)
    assert told.get("nan", 0) == sum(np.isnan(there))
    assert told.get("infinite", 0) == sum(np.isinf(there))
    if finite:
        assert (float(told["min"]), float(told["max"])) == (min(finite), max(finite))
        assert sum(told["bins"]["counts"]) == len(finite)
    else:
        assert "bins" not in told


@given(
    st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "", "ä", '"', "x" * 9])), max_size=30)
)
def test_top_values(values):
    page = Page(pd.DataFrame({"c": pd.Series(values, dtype="str")}))
    told = page.explorer.figures["0"]
    page.close()
    counts = pd.Series(values, dtype=object).value_counts()
    expected = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    assert told.get("top", []) == [[text, n] for text, n in expected]
    assert (told["distinct"], told["exact"]) == (len(counts), True)


def test_histograms_count_what_numpy_counts(show):
    values = np.random.default_rng(0).normal(size=10_000)
    told = figures(values, show)["bins"]
    expected, _ = np.histogram(values, bins=20, range=(values.min(), values.max()))
    assert np.abs(np.array(told["counts"]) - expected).sum() <= 2  # edges are rounded
    assert (told["low"], told["high"]) == (values.min(), values.max())
    assert (told["low_text"], told["high_text"]) == (str(values.min()), str(values.max()))


def test_each_bin_of_whole_numbers_holds_as_many_of_them(show):
    told = figures(np.arange(90), show)["bins"]
    assert told["counts"] == [5] * 18


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([dt.date(1, 1, 1), dt.date(9999, 12, 31)], "0001-01-01", "9999-12-31"),
        (pd.array([2**64 - 1, 0], dtype="UInt64"), "0", str(2**64 - 1)),
        ([Decimal("-1e28"), Decimal("1e28")], f"-1{'0' * 28}.{'0' * 9}", f"1{'0' * 28}.{'0' * 9}"),
        ([np.datetime64("0001-01-01", "s"), np.datetime64("9999-12-31", "s")],
         "0001-01-01 00:00:00", "9999-12-31 00:00:00"),
        ([-1e308, 1e308], "-1e+308", "1e+308"),
        ([0.0, 5e-324], "0", "5e-324"),
    ],
    ids=["dates", "unsigned", "decimals", "times", "far floats", "near floats"],
)  # fmt: skip
def test_extremes(values, low, high, show):
    told = figures(values, show)
    assert (told["min"], told["max"]) == (low, high)
    assert sum(told["bins"]["counts"]) == 2


def test_infinite_dates_of_a_file(show, tmp_path):
    sql = "SELECT unnest(['2024-01-01', 'infinity', '-infinity', '2024-01-03']::DATE[]) AS d"
    duckdb.connect().execute(f"COPY ({sql}) TO '{tmp_path}/d.parquet'")
    page = show(dk.table(tmp_path / "d.parquet"))
    told = page.explorer.figures["0"]
    assert (told["min"], told["max"], told["nulls"]) == ("2024-01-01", "2024-01-03", 0)
    assert sum(told["bins"]["counts"]) == 2


def test_times_with_a_zone_say_so(show):
    zoned = pd.to_datetime(["2024-01-01", None], utc=True)
    frame = pd.DataFrame({"zoned": zoned, "plain": zoned.tz_localize(None)})
    assert [show(frame).select(n)["zone"] for n in (0, 1)] == [True, False]
    assert [show(pl.from_pandas(frame)).select(n)["zone"] for n in (0, 1)] == [True, False]


def test_dates_are_bounded_by_dates(show):
    frame = pd.DataFrame({"d": [dt.date(2024, 1, 1)], "t": pd.to_datetime(["2024-01-01"])})
    assert [show(frame).select(n)["scale"] for n in (0, 1)] == ["date", "time"]


@pytest.mark.parametrize("values", [[1.5, np.inf], [2**53 + 1, 2**53], [True, False], [b"x"]])
def test_listed_values_are_what_rules_can_name(values, show):
    listed = show(pl.DataFrame({"c": values})).select(0)["top"]
    for text, value, _ in listed:
        assert value is None or value in values
        assert text


def test_periods_are_not_listed_as_numbers(show):
    periods = pd.period_range("2024-01", periods=2, freq="M")
    detail = show(pd.DataFrame({"c": periods})).select(0)
    assert (detail["top"], detail["others"]) == ([], 2)


@pytest.mark.parametrize("name", FRAME_SHAPES)
def test_every_shape(name, show):
    frame = FRAME_SHAPES[name]
    page = show(frame)
    page.select(0)
    explorer = page.explorer
    assert explorer.status["state"] == "idle"
    assert explorer.rows == len(frame)
    assert explorer.columns["names"] == [str(label)[:200] + "…" * (len(str(label)) > 200)
                                         for label in frame.columns]  # fmt: skip
    assert set(explorer.figures) == {str(n) for n in range(min(20, frame.shape[1]))}


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"',
    "'",
    "a.b",
    "\u202eabc",
    "",
    " ",
    "c0",
    "row",
    "a\nb",
]


def test_hostile_names(show):
    page = show(pd.DataFrame([[1] * len(HOSTILE)], columns=HOSTILE))
    assert page.explorer.columns["names"] == HOSTILE
    assert [page.explorer.figures[str(n)]["min"] for n in range(len(HOSTILE))] == ["1"] * len(
        HOSTILE
    )


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame(index=range(5)),
        pl.DataFrame(),
        pa.table({}),
        pd.DataFrame({"a": []}),
    ],
    ids=["pandas", "only an index", "polars", "Arrow", "no rows"],
)
def test_nothing_is_shown_as_nothing(frame, show):
    page = show(frame)
    assert page.explorer.status["state"] == "idle"
    assert page.explorer.rows == len(frame)
    assert len(page.rows()["cells"]) == len(frame)
    assert "<table" in page.explorer.to_html()


def test_ten_thousand_columns(show):
    page = show(pd.DataFrame(np.arange(20_000).reshape(2, 10_000)))
    assert len(page.explorer.columns["names"]) == 10_000
    page.put(looked=[9_999, 5, 10_000, -1, "x"])
    assert set(page.explorer.figures) == {"9999", "5"}
    assert page.explorer.figures["9999"]["max"] == "19999"
    assert page.rows(first=9_998, count=5)["cells"] == [["9998", "9999"], ["19998", "19999"]]


def test_long_texts_are_cut(show):
    page = show(pd.DataFrame({"c": ["x" * 2**20, "y"]}))
    detail = page.select(0)
    assert facts(detail)["longest, characters"] == str(2**20)
    state = page.explorer.get_state()
    assert len(strict_json({name: state[name] for name in state if name != "_esm"})) < 20_000
    assert len(page.ask("cell", epoch=0, row=0, column=0)["text"]) == 100_001


def test_lengths_of_time_in_nanoseconds_are_told_apart(show):
    page = show(pd.DataFrame({"t": pd.to_timedelta([1, 2, 2, 1001, None], "ns")}))
    assert dict(page.select(0)["facts"])["distinct"].startswith("3 ")
