"""A result beside that of Great Expectations itself, expectation by expectation."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

import dkdata as dk
from dkdata.validation.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dkdata.validation.results.outcome import Outcome


@dataclass(frozen=True)
class Cell:
    """One expectation about one frame: what both say of it, and the tier that answered."""

    outcome: Outcome
    expected: Any
    actual: Any
    dtype: Any

    @property
    def kind(self) -> str:
        """``equal``, ``fell back`` (to Great Expectations), a departure or ``differs``."""
        if self.expected == self.actual:
            return "fell back" if self.outcome.tier == "gx" else "equal"
        return next((name for name, applies in DEPARTURES.items() if applies(self)), "differs")

    def __str__(self) -> str:
        told = [f"{self.outcome.expectation} on {self.dtype} ({self.outcome.tier})"]
        for name, value in self.expected.items():
            if value != self.actual[name]:
                told += [f"  {name}, there: {value}", f"  {name}, here: {self.actual[name]}"]
        return "\n".join(told)


def _is_about_times(cell: Cell) -> bool:
    """Text or a date that is compared with a column of times stands for a time."""
    given = cell.outcome.expectation.kwargs
    values = [given.get(name) for name in ("min_value", "max_value")] + given.get("value_set", [])
    is_text = any(isinstance(value, (str, dt.date)) for value in values)
    return is_text and getattr(cell.dtype, "kind", "") == "M"


_NEITHER = ("boolean value of NA is ambiguous",)
DEPARTURES = {"times as text": _is_about_times}
"""What differs on purpose, as the documentation says."""


@cache
def _definition() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of deprecated things
        gx = importlib.import_module("great_expectations")
        # It looks through all frames and all modules for each decimal: for a tool it has no more.
        gx.util.stack = tuple
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
        return asset.add_batch_definition_whole_dataframe("b")


def directly(
    frame: pd.DataFrame, suite: dk.Suite, result_format: str | Mapping[str, Any] = "SUMMARY"
) -> dict[str, Any]:
    """Return the JSON of a suite's result as Great Expectations itself makes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of deprecated things
        batch = _definition().get_batch({"dataframe": frame})
        given = result_format if isinstance(result_format, str) else dict(result_format)
        result = batch.validate(suite.to_gx(), result_format=given)
    try:
        return result.to_json_dict()  # type: ignore[no-any-return]
    except TypeError:  # of timedeltas, periods, intervals and complex numbers
        return _rendered(result)


def _rendered(result: Any) -> dict[str, Any]:
    """Return the JSON of a result of Great Expectations that it cannot render itself."""
    told = [
        {
            "success": one.success,
            "expectation_config": _configuration_of(one),
            "result": plain(one.result),
            "meta": one.meta,
            "exception_info": one.exception_info,
        }
        for one in result.results
    ]
    return {"success": result.success, "results": told, "meta": dict(result.meta)}


def _configuration_of(one: Any) -> dict[str, Any]:
    given = one.expectation_config
    kwargs = plain(given.kwargs)
    return {
        "type": given.type,
        "kwargs": kwargs,
        "meta": given.meta,
        "severity": given.severity.value,
    }


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result's JSON without what differs between any two runs."""
    told: dict[str, Any] = json.loads(json.dumps(result, default=_plain))
    for name in ("batch_markers", "active_batch_definition"):
        told["meta"].pop(name)
    for one in told["results"]:
        one["expectation_config"]["kwargs"].pop("batch_id", None)
        for meta in (one["meta"], one["expectation_config"]["meta"]):
            meta.pop("dkdata", None)
        one["exception_info"] = [_message(one["exception_info"])]
    return told


def _plain(value: Any) -> Any:
    """Return what Great Expectations leaves in its JSON that JSON does not have."""
    return bool(value) if isinstance(value, np.bool_) else str(value)


def _message(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was raised, without the traceback and the batch that name the run."""
    inner = next((item for item in info.values() if isinstance(item, dict)), info)
    return {key: value for key, value in inner.items() if key != "exception_traceback"}


def cells(
    frame: pd.DataFrame, suite: dk.Suite, result_format: str | Mapping[str, Any] = "SUMMARY"
) -> list[Cell]:
    """Return both results of every expectation of a suite that raises with neither.

    They have to be in one order. What raises there has to raise here, but for rules about several
    columns of which one lacks a value; of several things that are wrong, either may be named, in
    an order that depends on the rest of the suite.
    """
    expected = comparable(directly(frame, suite, result_format))["results"]
    result = dk.validate(frame, suite, result_format=result_format)
    told = comparable(result.to_dict())["results"]
    theirs = [one for one in expected if not _is_raised(one)]
    more = [_configuration(one) for one in expected if _is_raised(one) and _is_about_missing(one)]
    ours = [
        (outcome, one)
        for outcome, one in zip(result.results, told, strict=True)
        if not _is_raised(one) and _configuration(one) not in more
    ]
    assert list(map(_configuration, theirs)) == [_configuration(one) for _, one in ours]
    return [
        Cell(outcome, there, here, _dtype_of(outcome, frame))
        for (outcome, here), there in zip(ours, theirs, strict=True)
    ]


def _is_about_missing(one: Mapping[str, Any]) -> bool:
    """Whether a comparison of columns was neither true nor false for Great Expectations."""
    type_ = one["expectation_config"]["type"]
    message = str(one["exception_info"][0]["exception_message"])
    is_compared = type_.startswith(("expect_column_pair", "expect_multicolumn"))
    return is_compared and any(told in message for told in _NEITHER)


def _is_raised(one: Mapping[str, Any]) -> bool:
    return bool(one["exception_info"][0]["raised_exception"])


def _dtype_of(outcome: Outcome, frame: pd.DataFrame) -> Any:
    names = outcome.expectation.columns
    return frame[names[0]].dtype if names else None


def _configuration(one: Mapping[str, Any]) -> str:
    return json.dumps(one["expectation_config"], sort_keys=True)


def tally(compared: list[Cell]) -> Counter[str]:
    """Return how many cells there are of each kind."""
    return Counter(cell.kind for cell in compared)
