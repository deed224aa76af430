"""``Evolution``: versions of a schema, the plan from one to another, and frames that follow it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import Field
from dkdata.errors import NotFoundError, SchemaError, UsageError
from dkdata.testing.evolving import PEOPLE

FRAME = pd.DataFrame({"id": [1, 2], "name": ["Ada", None], "age": ["36", None]})


def _two(before, after, **renamed):
    evolution = dk.Evolution("two").add_version([Field("id", "integer"), *before])
    return evolution.add_version([Field("id", "integer"), *after], renamed=renamed or None)


def test_a_plan_is_read_step_by_step():
    told = repr(PEOPLE.plan("1", "3")).splitlines()
    assert told == [
        "people: 1 -> 3 (none)",
        "  1. rename 'name' to 'who' - loses nothing; undone by: rename 'who' to 'name'",
        (
            "  2. convert 'age' from string to integer - loses values that integer has not; undone"
            " by: convert 'age' from integer to string"
        ),
        "  3. add 'country' (string, 'NO') - loses nothing; undone by: drop 'country'",
    ]
    back = PEOPLE.plan("3", "1")
    assert [str(step) for step in back.steps] == [
        "drop 'country'",
        "rename 'who' to 'name'",
        "convert 'age' from integer to string",
    ]
    assert back.loses
    assert back.dropped == ("country",)
    assert "<td" in back._repr_html_()
    assert back.to_dict()["steps"][0] == {
        "step": "drop 'country'",
        "reverse": "add 'country' (string, 'NO')",
        "loses": "the values of 'country'",
    }


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ([], [Field("x", "string", default=None)], "full"),
        ([], [Field("x", "string")], "forward"),
        ([Field("x", "string")], [], "backward"),
        ([Field("x", "string")], [Field("x", "integer")], "none"),
        ([Field("x", "integer")], [Field("x", "integer", required=True)], "forward"),
        (
            [Field("x", "integer", constraints=dk.Range(0, 9))],
            [Field("x", "integer", constraints=dk.Range(0, 99))],
            "backward",
        ),
    ],
)
def test_the_verdict_says_which_version_reads_the_rows_of_the_other(before, after, verdict):
    assert _two(before, after).plan("1", "2").verdict == verdict
    assert _two(before, after).changes("1", "2").verdict == verdict


def test_changes_of_every_kind_are_found():
    evolution = _two(
        [Field("a", "integer"), Field("b", "string"), Field("c", "string"), Field("d", "float")],
        [
            Field("a", "float"),
            Field("b", "string", required=True, constraints=dk.MaxLength(9)),
            Field("cc", "string"),
            Field("e", "boolean"),
        ],
    )
    kinds = {(change.kind, change.column) for change in evolution.changes("1", "2").changes}
    assert kinds == {
        ("type", "a"),
        ("nullable", "b"),
        ("rule added", "b"),
        ("renamed", "c"),
        ("removed", "d"),
        ("added", "e"),
    }


def test_a_rename_is_proposed_and_not_done_unless_it_is_stated():
    guessed = _two([Field("name", "string")], [Field("names", "string")])
    (change,) = guessed.changes("1", "2").changes
    assert (change.kind, change.before, change.after) == ("renamed", "name", "names")
    assert change.why.startswith("a guess")
    assert [str(step) for step in guessed.plan("1", "2").steps] == [
        "drop 'name'",
        "add 'names' (string, null)",
    ]
    stated = _two([Field("name", "string")], [Field("names", "string")], name="names")
    assert not stated.changes("1", "2").changes[0].why.startswith("a guess")
    assert [str(step) for step in stated.plan("1", "2").steps] == ["rename 'name' to 'names'"]


def test_values_tell_which_column_was_renamed():
    evolution = _two(
        [Field("x", "string"), Field("y", "string")], [Field("p", "string"), Field("q", "string")]
    )
    before = pd.DataFrame({"id": [1, 2], "x": ["a", "b"], "y": ["c", "d"]})
    after = pd.DataFrame({"id": [1, 2], "p": ["c", "d"], "q": ["a", "b"]})
    by_place = evolution.changes("1", "2")
    assert [(one.before, one.after) for one in by_place.changes] == [("x", "p"), ("y", "q")]
    by_values = evolution.changes("1", "2", data=(before, after))
    assert [(one.before, one.after) for one in by_values.changes] == [("x", "q"), ("y", "p")]


def test_names_are_swapped():
    evolution = _two(
        [Field("a", "integer"), Field("b", "string")],
        [Field("b", "integer"), Field("a", "string")],
        a="b",
        b="a",
    )
    frame = pd.DataFrame({"id": [1], "a": [5], "b": ["x"]})
    swapped = evolution.upgrade(frame)
    assert swapped.to_dict("records") == [{"id": 1, "b": 5, "a": "x"}]
    pd.testing.assert_frame_equal(evolution.downgrade(swapped, "1"), frame)


def test_columns_of_several_versions_are_none_of_any():
    evolution = _two(
        [Field("a", "string"), Field("b", "string")],
        [Field("a", "string"), Field("b", "string")],
        a="b",
        b="a",
    )
    frame = pd.DataFrame({"id": [1], "a": ["x"], "b": ["y"]})
    with pytest.raises(UsageError, match=r"columns of several versions of 'two': 1, 2\. Say at="):
        evolution.upgrade(frame)
    assert evolution.upgrade(frame, at="1").to_dict("records") == [{"id": 1, "b": "x", "a": "y"}]


def test_a_column_goes_and_another_takes_its_name():
    evolution = _two([Field("a", "integer"), Field("b", "integer")], [Field("b", "integer")], a="b")
    frame = pd.DataFrame({"id": [1], "a": [5], "b": [None]})
    assert evolution.upgrade(frame, at="1").to_dict("records") == [{"id": 1, "b": 5}]
    with pytest.raises(SchemaError, match=r"drop 'b': row 0: 7 would be lost"):
        evolution.upgrade(frame.assign(b=7), at="1")


_TYPES = [
    ("string", "integer", ["7", None], [7, None]),
    ("integer", "string", [7, None], ["7", None]),
    ("integer", "float", [7, None], [7.0, None]),
    ("float", "integer", [7.0, None], [7, None]),
    ("string", "boolean", ["yes", None], [True, None]),
    ("boolean", "integer", [True, None], [1, None]),
    ("string", "datetime", ["2026-01-02T03:04:05", None], [dt.datetime(2026, 1, 2, 3, 4, 5), None]),  # noqa: DTZ001
    ("date", "datetime", [dt.date(2026, 1, 2), None], [dt.datetime(2026, 1, 2), None]),  # noqa: DTZ001
    ("datetime", "date", [dt.datetime(2026, 1, 2), None], [dt.date(2026, 1, 2), None]),  # noqa: DTZ001
    ("string", "decimal", ["1.5", None], [Decimal("1.5"), None]),
    ("string", "time", ["09:30", None], [dt.time(9, 30), None]),
    ("string", "json", ['{"a": 1}', None], [{"a": 1}, None]),
    (pa.int64(), pa.int8(), [7, None], [7, None]),
    (pa.int8(), pa.int64(), [7, None], [7, None]),
]


@pytest.mark.parametrize(
    ("one", "other", "given", "made"), _TYPES, ids=[f"{a}-{b}" for a, b, *_ in _TYPES]
)
def test_a_type_is_changed(one, other, given, made):
    evolution = _two([Field("x", one)], [Field("x", other)])
    rows = pa.table(
        {"id": [1, 2], "x": pa.array(given, one if isinstance(one, pa.DataType) else None)}
    )
    frame = dk.load(dk.save(rows, "memory.typed", mode="replace").target)
    found = evolution.upgrade(frame, at="1")["x"].astype(object)
    assert found.where(found.notna(), None).tolist() == made


@pytest.mark.parametrize(
    ("one", "other", "value", "shown"),
    [
        ("string", "integer", "7.5", "'7.5'"),
        ("float", "integer", 7.5, "7.5"),
        ("integer", "float", 2**53 + 1, "9007199254740993"),
        ("datetime", "date", pd.Timestamp("2026-01-01 12:00"), "Timestamp"),
        (pa.int64(), pa.int8(), 200, "200"),
    ],
)
def test_a_value_that_the_new_type_has_not_is_refused_or_null(one, other, value, shown):
    evolution = _two([Field("x", one)], [Field("x", other)])
    frame = pd.DataFrame({"id": [1, 2], "x": [value, value]})
    with pytest.raises(
        SchemaError, match=rf"'two', 1 -> 2: convert 'x' .*: row 0: {shown}.*lossy='allow'"
    ):
        evolution.upgrade(frame, at="1")
    assert evolution.upgrade(frame, at="1", lossy="allow")["x"].isna().all()
    told = evolution.upgrade(frame, at="1", dry_run=True)
    assert (told.rows, told.lost, told.loses) == (2, (2,), True)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (Field("x", "string", default="it's"), ["it's"] * 2),
        (Field("x", "integer", default=-5), [-5] * 2),
        (Field("x", "float", default=0.5), [0.5] * 2),
        (Field("x", "boolean", default=True), [True] * 2),
        (Field("x", "date", default=dt.date(2026, 1, 2)), [dt.date(2026, 1, 2)] * 2),
        (Field("x", "json", default={"a": [1]}), [{"a": [1]}] * 2),
        (Field("x", "string", default=None), [None] * 2),
    ],
)
def test_an_added_column_has_its_default(field, values):
    found = _two([], [field]).upgrade(pa.table({"id": [1, 2]}))["x"].to_pylist()
    assert [
        str(value).replace("'", '"') if isinstance(value, dict) else value for value in found
    ] in (
        values,
        [str(value).replace("'", '"') for value in values],
    )


def test_null_becomes_the_default_of_a_column_that_forbids_it():
    frame = pd.DataFrame({"id": [1, 2], "x": ["a", None]})
    filled = _two([Field("x", "string")], [Field("x", "string", required=True, default="-")])
    assert filled.upgrade(frame, at="1")["x"].tolist() == ["a", "-"]
    forbidden = _two([Field("x", "string")], [Field("x", "string", required=True)])
    with pytest.raises(
        SchemaError, match=r"forbid null in 'x', but 1 values are null\. Give the field"
    ):
        forbidden.upgrade(frame, at="1")


def test_a_column_is_added_back_as_it_was_dropped():
    evolution = _two([Field("x", "string", default="n")], [])
    frame = pd.DataFrame({"id": [1, 2], "x": ["n", None]})
    assert evolution.upgrade(frame, at="1").columns.tolist() == ["id"]
    with pytest.raises(SchemaError, match=r"drop 'x': row 0: 'y' would be lost"):
        evolution.upgrade(frame.assign(x="y"), at="1")


def test_frames_of_every_kind_keep_theirs():
    wanted = PEOPLE.upgrade(FRAME, to="2")
    assert wanted.to_dict("records")[0] == {"id": 1, "who": "Ada", "age": 36}
    assert PEOPLE.upgrade(pl.from_pandas(FRAME), to="2")["age"].to_list() == [36, None]
    assert PEOPLE.upgrade(pa.Table.from_pandas(FRAME), to="2")["age"].to_pylist() == [36, None]
    indexed = PEOPLE.upgrade(FRAME.set_index("id"), to="2")
    assert indexed.index.name == "id"
    assert PEOPLE.downgrade(wanted, "1").to_dict("records") == FRAME.to_dict("records")


def test_columns_beside_the_fields_stay():
    assert PEOPLE.upgrade(FRAME.assign(extra=1), to="2").columns.tolist() == [
        "id",
        "who",
        "age",
        "extra",
    ]


def test_the_version_of_a_frame_is_that_whose_columns_it_has():
    assert PEOPLE.upgrade(FRAME, dry_run=True).before == "1"
    assert PEOPLE.upgrade(PEOPLE.upgrade(FRAME, to="3"), dry_run=True).before == "3"
    with pytest.raises(UsageError, match=r"has the columns of no version of 'people': id, name"):
        PEOPLE.upgrade(FRAME.drop(columns="age"))
    with pytest.raises(
        SchemaError, match=r"the frame is no 'people' '1': there is no column 'age'"
    ):
        PEOPLE.upgrade(FRAME.drop(columns="age"), at="1")
    with pytest.raises(SchemaError, match=r"column 'age' is int64, not string"):
        PEOPLE.upgrade(FRAME.assign(age=1), at="1")


def test_reading_an_old_table_as_a_new_one_changes_nothing():
    dk.save(FRAME, "memory.read_as", mode="replace")
    assert PEOPLE.read("memory.read_as", "2", as_="polars")["age"].to_list() == [36, None]
    assert PEOPLE.read(dk.table("memory.read_as"), "3")["country"].tolist() == ["NO", "NO"]
    pd.testing.assert_frame_equal(dk.load("memory.read_as"), FRAME)


def test_a_copy_keeps_the_version_and_a_part_of_the_columns_does_not():
    dk.save(FRAME, "memory.versioned", mode="replace")
    PEOPLE.upgrade("memory.versioned", to="3")
    dk.copy("memory.versioned", "memory.copied", mode="replace")
    assert PEOPLE.downgrade("memory.copied", "2").before == "3"
    dk.copy("memory.versioned", "memory.narrow", columns=["id", "who"], mode="replace")
    with pytest.raises(UsageError, match="has the columns of no version"):
        PEOPLE.downgrade("memory.narrow", "2")


def test_a_part_of_a_table_is_read_as_another_version_but_not_changed():
    dk.save(FRAME, "memory.whole", mode="replace")
    part = dk.table("memory.whole").filter("id = 1")
    assert PEOPLE.read(part, "2")["age"].tolist() == [36]
    with pytest.raises(UsageError, match="Give the table itself, or the rows as a frame"):
        PEOPLE.upgrade(part, to="2")


def test_columns_are_kept_by_a_key_only():
    dk.save(PEOPLE.upgrade(FRAME, to="3"), "memory.keyless", mode="replace")
    with pytest.raises(UsageError, match=r"has none\. Save it with key="):
        PEOPLE.downgrade("memory.keyless", "1", keep_removed=True)
    with pytest.raises(UsageError, match="a frame has nothing beside it"):
        PEOPLE.upgrade(FRAME, keep_removed=True)


def test_a_table_at_another_version_than_said_is_refused():
    dk.save(FRAME, "memory.elsewhere", mode="replace")
    PEOPLE.upgrade("memory.elsewhere", to="3")
    with pytest.raises(UsageError, match=r"at='1': 'memory.elsewhere' is at version '3'"):
        PEOPLE.upgrade("memory.elsewhere", to="4", at="1")


_WRONG = [
    (lambda e: e.add_version(5), "5 is not a schema"),
    (lambda e: e.add_version([Field("a", "string")], "1"), "there is a version '1'"),
    (lambda e: e.add_version([Field("a", "string")], ""), "not the name of a version"),
    (lambda e: e.add_version([Field("a", "string")], renamed={"ag": "a"}), "Did you mean 'age'"),
    (lambda e: e.add_version([Field("a", "string")], renamed={"age": "b"}), "no column 'b'"),
    (lambda e: e.add_version([Field("a", "string")], renamed={"age": "a", "id": "a"}), "one name"),
    (lambda e: e.plan("1", "9"), "has no version '9'. There are: 1, 2, 3, 4, 5"),
    (lambda e: e.upgrade(FRAME, to="9"), "has no version '9'"),
    (lambda e: e.upgrade(FRAME, at="9"), "has no version '9'"),
    (lambda e: e.upgrade(FRAME, lossy="yes"), "lossy"),
    (lambda e: e.downgrade(FRAME, "2"), "Use upgrade"),
    (lambda _: dk.Evolution("").add_version([]), "not the name of an evolution"),
    (lambda _: dk.Evolution("x").upgrade(FRAME), "has no versions"),
    (
        lambda _: dk.Evolution("x").add_version([Field("a", "string")], renamed={"a": "b"}),
        "the first has none",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), _WRONG, ids=map(str, range(len(_WRONG))))
def test_what_is_not_possible_is_said(call, message):
    with pytest.raises(UsageError, match=message):
        call(PEOPLE)


def test_it_is_written_and_read_again(tmp_path):
    assert dk.Evolution.from_dict(PEOPLE.to_dict()) == PEOPLE
    for name in ("people.json", "people.yaml"):
        PEOPLE.save(tmp_path / name)
        assert dk.Evolution.load(tmp_path / name) == PEOPLE
    with pytest.raises(NotFoundError, match="no evolution at"):
        dk.Evolution.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"format": 2, "name": "x", "versions": []}, r"by a later version of dkdata \(format 2\)"),
        ({"name": "x"}, "is no evolution"),
        ({"name": "x", "versions": [], "more": 1}, "has no 'more'"),
        ({"name": "x", "versions": [{"schema": {}}]}, "is no version"),
        (
            {"name": "x", "versions": [{"version": "1", "schema": {}, "rename": {}}]},
            "a version has no 'rename'",
        ),
    ],
)
def test_what_is_no_evolution_is_refused(data, message):
    with pytest.raises(UsageError, match=message):
        dk.Evolution.from_dict(data)


@pytest.mark.parametrize("place", ["memory.odd", "odd"])
def test_names_that_differ_by_case_and_odd_defaults(place):
    evolution = (
        dk.Evolution("odd")
        .add_version([Field("id", "integer"), Field("a", "string"), Field("b", "string")])
        .add_version(
            [
                Field("id", "integer"),
                Field("B", "string"),
                Field("c", "string"),
                Field("on", "string", default="on"),
            ],
            renamed={"a": "B", "b": "c"},
        )
    )
    dk.save(pd.DataFrame({"id": [1], "a": ["x"], "b": ["y"]}), place, key="id", mode="replace")
    evolution.upgrade(place)
    assert dk.load(place).to_dict("records") == [{"id": 1, "B": "x", "c": "y", "on": "on"}]
