from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.validation.schemas.remembering import fingerprint
from tests.validation.fidelity.columns import COLUMNS, frame_of


def _schema(**constraints):
    return dk.Schema(
        "s", [dk.Field(name, "any", constraints=one) for name, one in constraints.items()]
    )


def test_a_frame_of_the_same_content_is_not_asked_again():
    asked = []
    dk.Custom("noticed", lambda values: asked.append(len(values)) or values > 1)
    schema = _schema(a=dk.Custom("noticed"))
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=["x", "y", "z"])
    first, second = schema.validate(frame), schema.validate(frame.copy())
    assert asked == [3]
    assert first.to_dict() == second.to_dict()
    pd.testing.assert_frame_equal(first.invalid(), second.invalid())


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_a_changed_cell_label_or_dtype_is_noticed(name):
    frame = frame_of(COLUMNS[name])
    same, told = fingerprint(frame.copy()), fingerprint(frame)
    assert same == told
    if told is None:  # objects of Python
        return
    order = [1, 0, *range(2, len(frame))]
    changed = {
        "rows": frame.iloc[order].set_axis(frame.index),
        "index": frame.set_axis(range(1, len(frame) + 1)),
        "labels": frame.rename(columns={"n": "m"}),
        "dtype": frame.astype({"n": "float32"}),
        "fewer": frame.iloc[:-1],
        "cell": frame.assign(n=frame["n"].mask(frame["n"] == 3, 4)),
    }
    if frame["a"].iloc[order].tolist() == frame["a"].tolist() and name.startswith("all"):
        changed.pop("rows")
    assert [what for what, other in changed.items() if fingerprint(other) == told] == []


def test_a_cell_that_is_changed_in_place_is_noticed():
    frame = pd.DataFrame({"a": [1, 2, 3]})
    schema = _schema(a=dk.Range(0, 5))
    before = schema.validate(frame)
    frame.loc[1, "a"] = 9
    after = schema.validate(frame)
    assert before.success
    assert after.invalid()["a"].tolist() == [9]
    assert before.valid()["a"].tolist() == [1, 2, 3]


def test_another_function_of_the_same_name_is_asked():
    frame = pd.DataFrame({"a": [1, 2, 3]})
    schema = _schema(a=dk.Custom("changing", lambda values: values > 1))
    assert schema.validate(frame).counts() == {"a: Custom('changing')": 1}
    dk.Custom("changing", lambda values: values > 2)
    assert schema.validate(frame).counts() == {"a: Custom('changing')": 2}


def test_other_formats_and_schemas_are_asked():
    frame = pd.DataFrame({"a": [1, 2, 3]})
    assert _schema(a=dk.Range(0, 2)).validate(frame).counts() == {"a: between(0, 2)": 1}
    assert _schema(a=dk.Range(0, 1)).validate(frame).counts() == {"a: between(0, 1)": 2}
    told = _schema(a=dk.Range(0, 1)).validate(frame, result_format="BOOLEAN_ONLY")
    assert all(outcome.result == {} for outcome in told.results if outcome.is_row_rule)


def test_what_depends_on_other_tables_is_always_asked():
    dk.save(pd.DataFrame({"a": [1]}), "memory.taken", mode="replace")
    frame = pd.DataFrame({"a": [1, 2]})
    schema = _schema(a=dk.Unique(unique_in="memory.taken"))
    assert len(schema.validate(frame).invalid()) == 1
    dk.save(pd.DataFrame({"a": [2]}), "memory.taken", mode="append")
    assert len(schema.validate(frame).invalid()) == 2


def test_null_values_of_masked_columns_are_alike():
    first = pd.DataFrame({"a": pd.arrays.IntegerArray(np.array([1, 7]), np.array([False, True]))})
    second = pd.DataFrame({"a": pd.arrays.IntegerArray(np.array([1, 8]), np.array([False, True]))})
    assert fingerprint(first) == fingerprint(second)
