"""``Transform``: its steps on frames of any kind, on streams and on records; bad values."""

from __future__ import annotations

import datetime as dt
import json
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, DkWarning, QueryError, SchemaError, UsageError

PEOPLE = pd.DataFrame(
    {
        "name": ["Ada", "Bob", "Cy"],
        "age": ["36", "17", "54"],
        "tags": [["a", "b"], [], ["c"]],
        "born": pd.to_datetime(["1990-01-31", "2009-02-28", None]),
    },
    index=pd.Index([7, 8, 9], name="no"),
)
STEPS = (
    dk.Transform()
    .rename({"name": "who"})
    .map("age", "to_int")
    .filter("age >= 18")
    .add("next", "age + 1")
    .drop("tags")
)


def test_the_steps_of_a_pandas_frame_keep_index_and_dtypes():
    wanted = pd.DataFrame(
        {
            "who": ["Ada", "Cy"],
            "age": [36, 54],
            "born": pd.to_datetime(["1990-01-31", None]),
            "next": [37, 55],
        },
        index=pd.Index([7, 9], name="no"),
    )
    pd.testing.assert_frame_equal(STEPS(PEOPLE), wanted)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        (pl.from_pandas, pl.DataFrame),
        (lambda frame: pl.from_pandas(frame).lazy(), pl.LazyFrame),
        (pa.Table.from_pandas, pa.Table),
        (pa.RecordBatch.from_pandas, pa.RecordBatch),
        (lambda frame: pa.Table.from_pandas(frame).to_reader(), pa.RecordBatchReader),
    ],
)
def test_the_kind_of_the_result_is_that_of_the_frame(kind, type_):
    frame = STEPS(kind(PEOPLE))
    assert isinstance(frame, type_)
    shown = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    shown = shown.read_all() if isinstance(shown, pa.RecordBatchReader) else shown
    held = {name: shown[name] for name in ("who", "age", "next")}
    assert {name: column.to_list() if hasattr(column, "to_list") else column.to_pylist()
            for name, column in held.items()} == {
        "who": ["Ada", "Cy"], "age": [36, 54], "next": [37, 55],
    }  # fmt: skip


def test_a_lazy_table_becomes_a_pandas_frame():
    dk.save(PEOPLE, "memory.transformed", mode="replace")
    pd.testing.assert_frame_equal(STEPS(dk.table("memory.transformed")), STEPS(PEOPLE))


def test_records_keep_their_ids_and_metadata():
    given = [dk.Record({"name": "Ada", "age": "36", "tags": ["a"]}, id="r1", metadata={"by": "me"})]
    (made,) = STEPS(given)
    assert dict(made) == {"who": "Ada", "age": 36, "next": 37}
    assert (made.id, made.metadata) == ("r1", {"by": "me"})
    assert STEPS(given[0]) == made


def test_mappings_become_mappings():
    ada = {"name": "Ada", "age": "36", "tags": ["a"]}
    assert STEPS(ada) == {"who": "Ada", "age": 36, "next": 37}
    assert STEPS([ada, {**ada, "age": "3"}]) == [{"who": "Ada", "age": 36, "next": 37}]
    assert STEPS({**ada, "age": "3"}) is None
    assert dk.Transform().explode("tags")({"n": 1, "tags": [1, 2]}) == [
        {"n": 1, "tags": 1},
        {"n": 1, "tags": 2},
    ]
    assert STEPS([]) == []


def test_one_odd_value_changes_nothing_about_the_others():
    """SQL is sure of the first frame; of the second, the steps are made one by one."""
    frame = PEOPLE.assign(when=["2026-01-01", "2026-02-01", "2026-03-01"])
    odd = pd.concat([frame, frame.tail(1).assign(age=" 7 ")])
    steps = (
        dk.Transform()
        .map("age", "to_int")
        .map("when", "to_datetime")
        .add("decade", "age // 10 * 10")
        .map("name", "upper")
        .map("decade", "map_values", {30: "thirties", 10: None}, default="others")
        .explode("tags")
        .rename({"age": "years", "no": "number"})
        .reorder("years")
    )
    pd.testing.assert_frame_equal(steps(odd).iloc[:-1], steps(frame))


def test_names_can_be_swapped():
    frame = dk.Transform().rename({"a": "b", "b": "a"})(pd.DataFrame({"a": [1], "b": ["x"]}))
    assert frame.to_dict("list") == {"b": [1], "a": ["x"]}


def test_a_name_that_differs_by_case_only_is_another():
    made = dk.Transform().add("A", "a + 1").map("A", "A * 10")(pd.DataFrame({"a": [1]}))
    assert made.to_dict("list") == {"a": [1], "A": [20]}


def test_labels_of_the_same_text_are_two_columns():
    frame = pd.DataFrame([["7", "x"]], columns=pd.Index([1, "1"], dtype=object))
    made = dk.Transform().map(1, "to_int").map("1", "upper")(frame)
    assert made.columns.tolist() == [1, "1"]
    assert made.iloc[0].tolist() == [7, "X"]


def test_a_level_of_the_index_can_be_renamed_and_dropped():
    assert dk.Transform().rename({"no": "number"})(PEOPLE).index.name == "number"
    assert dk.Transform().drop("no")(PEOPLE).index.equals(pd.RangeIndex(3))


def test_select_keeps_the_index_and_reorder_all_columns():
    assert dk.Transform().select("age", "name")(PEOPLE).columns.tolist() == ["age", "name"]
    assert dk.Transform().reorder("born", "age")(PEOPLE).columns.tolist() == [
        "born", "age", "name", "tags",
    ]  # fmt: skip
    assert dk.Transform().select("age")(PEOPLE).index.name == "no"


def test_explode_gives_an_empty_list_a_row_with_null():
    made = dk.Transform().explode("tags")(PEOPLE)
    assert made["tags"].tolist() == ["a", "b", None, "c"]
    assert made.index.tolist() == [7, 7, 8, 9]
    lists = pa.table({"n": [1, 2, 3], "l": pa.array([[1, None], [], None], pa.list_(pa.int32()))})
    exploded = dk.Transform().explode("l")(lists)
    assert exploded.to_pydict() == {"n": [1, 1, 2, 3], "l": [1, None, None, None]}
    assert exploded.schema.field("l").type == pa.int32()


def test_flatten_makes_columns_of_fields_at_every_depth():
    homes = pa.table({"home": [{"city": "Oslo", "at": {"x": 1}}, None], "n": [1, 2]})
    assert dk.Transform().flatten()(homes).to_pydict() == {
        "home.city": ["Oslo", None], "home.at.x": [1, None], "n": [1, 2],
    }  # fmt: skip
    with pytest.raises(SchemaError, match=r"flatten\('n'\): the column is int64, not a structure"):
        dk.Transform().flatten("n")(homes)


def test_a_function_gets_a_series_and_another_the_frame():
    steps = dk.Transform().map("age", lambda age: age.astype(int) * 2)
    steps = steps.add("label", lambda frame: frame["name"] + frame["age"].astype(str))
    made = steps(PEOPLE)
    assert made["age"].tolist() == [72, 34, 108]
    assert made["label"].tolist() == ["Ada72", "Bob34", "Cy108"]
    assert steps({"name": "Ada", "age": "1"}) == {"name": "Ada", "age": 2, "label": "Ada2"}


def test_a_function_of_another_length_is_refused():
    with pytest.raises(SchemaError, match=r"map 'age' by .*returned 1 values for 3 rows"):
        dk.Transform().map("age", lambda age: age.head(1))(PEOPLE)


def test_durations_periods_and_categories_pass_and_are_computed_with():
    frame = pd.DataFrame(
        {
            "ended": pd.to_datetime(["2026-01-02", None]),
            "start": pd.to_datetime(["2026-01-01", "2026-01-01"]),
            "month": pd.PeriodIndex(["2026-01", "2026-02"], freq="M"),
            "kind": pd.Categorical(["a", "b"], ordered=True),
        }
    )
    made = dk.Transform().add("waited", "ended - start").filter("start = '2026-01-01'")(frame)
    pd.testing.assert_frame_equal(made[frame.columns.tolist()], frame)
    assert made["waited"].tolist() == [pd.Timedelta(days=1), pd.NaT]


def test_bad_values_raise_become_null_or_reject_their_rows():
    frame = PEOPLE.assign(age=["36", "old", "54"])
    with pytest.raises(
        SchemaError, match=r"^row 1, step 1 \(map 'age' by to_int\): '\w+' \(not a number\)\."
    ):
        dk.Transform().map("age", "to_int")(frame)
    null = dk.Transform(on_error="null").map("age", "to_int")(frame)
    assert null["age"].tolist() == [36, pd.NA, 54]
    done = dk.Transform(on_error="reject").map("age", "to_int").run(frame)
    assert done.frame.index.tolist() == [7, 9]
    pd.testing.assert_frame_equal(done.rejected.drop(columns="_dk_reasons"), frame.iloc[[1]])
    assert done.rejected["_dk_reasons"].tolist() == [
        ["step 1 (map 'age' by to_int): 'old' (not a number)"]
    ]
    with pytest.warns(DkWarning, match="1 rows were rejected"):
        dk.Transform(on_error="reject").map("age", "to_int")(frame)


def test_a_step_may_say_otherwise_and_joined_transformations_each_their_own():
    frame = pd.DataFrame({"a": ["1", "x", "3"], "b": ["x", "2", "3"]})
    one = dk.Transform(on_error="reject").map("a", "to_int")
    other = dk.Transform().map("b", "to_int", on_error="null")
    made = (other | one).run(frame)
    assert made.frame.to_dict("list") == {"a": [1, 3], "b": [None, 3]}
    assert made.rejected["a"].tolist() == ["x"]


def test_the_first_bad_row_is_named_whichever_step_it_is_of():
    frame = pd.DataFrame({"a": ["1", "2", "x"], "b": ["1", "y", "3"]})
    with pytest.raises(
        SchemaError, match=r"^row 1, step 2 \(map 'b' by to_int\): '\w+' \(not a number\)\. So is 1"
    ):
        dk.Transform().map("a", "to_int").map("b", "to_int")(frame)


def test_a_value_that_an_expression_cannot_compute():
    frame = pd.DataFrame({"text": ["1", "x", None]})
    step = "CAST(text AS INTEGER)"
    with pytest.raises(SchemaError, match=r"^row 1, step 1 .*: Could not convert string 'x'"):
        dk.Transform().add("n", step)(frame)
    null = dk.Transform(on_error="null").add("n", step)(frame)
    assert null["n"].tolist() == [1, pd.NA, pd.NA]
    done = dk.Transform(on_error="reject").add("n", step).run(frame)
    assert (done.frame["n"].tolist(), len(done.rejected)) == ([1, pd.NA], 1)


def test_a_filter_does_not_hide_a_bad_value():
    frame = pd.DataFrame({"a": ["1", "x"], "b": [1, 2]})
    with pytest.raises(SchemaError, match="row 1, step 1"):
        dk.Transform().map("a", "to_int").filter("b = 1")(frame)
    assert dk.Transform().filter("b = 1").map("a", "to_int")(frame)["a"].tolist() == [1]


def test_a_bad_value_far_into_a_frame_or_a_stream():
    rows = pa.table({"n": np.arange(800_000), "text": pa.array(np.arange(800_000)).cast("string")})

    def picky(numbers):
        if (numbers == 777_777).any():
            raise ArithmeticError("unlucky")
        return numbers

    for step in (
        dk.Transform().map("n", picky),
        dk.Transform().add("x", "CASE WHEN n = 777777 THEN CAST('unlucky' AS INTEGER) ELSE 1 END"),
        dk.Transform().map("text", "replace(text, '777777', 'unlucky')").map("text", "to_int"),
    ):
        for given in (rows, rows.to_reader(50_000)):
            with pytest.raises(SchemaError, match=r"^row 777,777, step [12] "):
                _read(step(given))
    kept = dk.Transform(on_error="reject").map("n", picky).run(rows)
    assert kept.frame.num_rows == 799_999
    assert kept.rejected["n"].to_pylist() == [777_777]


def _read(given):
    return given.read_all() if isinstance(given, pa.RecordBatchReader) else given


def test_a_function_must_return_one_type_for_all_of_a_stream():
    rows = pa.table({"n": np.arange(3_000_000)}).to_reader(1 << 20)
    steps = dk.Transform().map("n", lambda n: n if n.iloc[0] == 0 else n.astype(str))
    with pytest.raises(
        SchemaError, match=r"column 'n' was int64 in the first rows and is large_string"
    ):
        steps(rows).read_all()


def test_an_empty_frame_and_an_empty_stream():
    empty = PEOPLE.head(0)
    assert STEPS(empty).columns.tolist() == ["who", "age", "born", "next"]
    assert (
        STEPS(pa.Table.from_pandas(PEOPLE).schema.empty_table().to_reader()).read_all().num_rows
        == 0
    )


_WRONG = [
    (lambda t: t.rename({"name": "age"}), SchemaError, "renamed to 'age': there is such"),
    (lambda t: t.rename({"nam": "x"}), ColumnNotFoundError, "Did you mean 'name'"),
    (lambda t: t.drop("nam"), ColumnNotFoundError, "no column 'nam'"),
    (lambda t: t.drop("name", "age", "tags", "born", "no"), SchemaError, "no column is left"),
    (lambda t: t.add("age", "1"), SchemaError, r"add\('age'\): there is such a column"),
    (lambda t: t.add("x", "ag + 1"), ColumnNotFoundError, "Did you mean 'age'"),
    (lambda t: t.add("x", "sum(1) OVER ()"), QueryError, "not about one row at a time"),
    (lambda t: t.add("x", "(SELECT 1)"), QueryError, "not about one row at a time"),
    (lambda t: t.add("x", "count(*)"), QueryError, "cannot be answered"),
    (lambda t: t.filter("agee > 1"), ColumnNotFoundError, "no column 'agee'"),
    (lambda t: t.filter(dk.col("name") > 5), QueryError, "name"),
    (lambda t: t.explode("age"), SchemaError, r"explode\('age'\): the column is text, not a list"),
    (lambda t: t.map("born", "lower"), SchemaError, "'lower' needs text, and column 'born' is"),
    (lambda t: t.map("name", "round"), SchemaError, "'round' needs a number"),
    (lambda t: t.map("age", "default", 5), SchemaError, "cannot hold"),
    (lambda t: t.map("name", "map_values", {"Ada": 1}), SchemaError, "Give default="),
]  # fmt: skip


@pytest.mark.parametrize(("step", "error", "message"), _WRONG, ids=map(str, range(len(_WRONG))))
def test_a_step_that_does_not_fit_the_columns(step, error, message):
    with pytest.raises(error, match=message) as raised:
        step(dk.Transform())(PEOPLE)
    assert any("in step 1 of the transformation" in note for note in raised.value.__notes__)


_IMPOSSIBLE = [
    (lambda t: t.rename({}), "Give {old name: new name}"),
    (lambda t: t.rename({"a": ""}), "'' is not the name of a column"),
    (lambda t: t.rename({"a": "x", "b": "x"}), "two columns the name 'x'"),
    (lambda t: t.drop(), r"drop\(\) names no column"),
    (lambda t: t.map("a", "to_intt"), "Did you mean 'to_int'"),
    (lambda t: t.map("a", 5), "Give a function, or SQL text"),
    (lambda t: t.map("a", "truncate"), r"missing a required argument: 'n'. It takes: \(n\)"),
    (lambda t: t.map("a", "truncate", -1), "n=-1 is not possible"),
    (lambda t: t.map("a", "truncate", 1, 2), "too many"),
    (lambda t: t.map("a", "regex_extract", "("), "is no regular expression"),
    (lambda t: t.map("a", "hash", "crc"), "crc"),
    (lambda t: t.map("a", "mask", character="xx"), "is not one character"),
    (lambda t: t.map("a", "clip"), "clip needs a bound"),
    (lambda t: t.map("a", "default", None), "leaves null as it is"),
    (lambda t: t.map("a", "map_values", 5), "m=5 is no mapping"),
    (lambda t: t.map("a", "to_decimal", 50), "at most 38 digits"),
    (lambda t: t.map("a", "to_datetime", zone="Mars"), "moments are in UTC"),
    (lambda t: t.map("a", "to_datetime", epoch="s"), "Give zone='UTC', too"),
    (lambda t: t.map("a", "to_int", on_error="ignore"), "on_error"),
    (lambda t: t.filter(5), "is not a condition"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "message"), _IMPOSSIBLE, ids=map(str, range(len(_IMPOSSIBLE))))
def test_a_step_that_is_possible_for_no_columns(step, message):
    with pytest.raises(UsageError, match=message):
        step(dk.Transform())


def test_sql_that_does_not_parse_is_refused_with_the_place():
    with pytest.raises(QueryError, match=r"\^"):
        dk.Transform().add("x", "a +")


def test_a_transformation_is_never_changed():
    steps = dk.Transform().drop("name")
    steps.drop("age")
    assert steps == dk.Transform().drop("name")
    with pytest.raises(AttributeError, match="Did you mean"):
        steps.fliter("a")


WRITTEN = (
    dk.Transform(on_error="null")
    .rename({"name": "who", 5: "five"})
    .map(["age", "x"], "to_int")
    .map("kind", "map_values", {1: "one", None: "?"}, default=None)
    .map("name", "truncate(3)", on_error="reject")
    .map("price", "price * 2")
    .add("total", "price + 1")
    .filter((dk.col("age") > 18) & ~dk.col("who").is_null())
    .drop("a", "b")
    .select("c")
    .reorder("d")
    .explode("tags")
    .flatten("home")
    .flatten()
)


def test_what_is_written_is_read_again(tmp_path):
    assert dk.Transform.from_dict(WRITTEN.to_dict()) == WRITTEN
    for name in ("steps.json", "steps.yaml"):
        WRITTEN.save(tmp_path / name)
        assert dk.Transform.load(tmp_path / name) == WRITTEN
        assert dk.Transform.of(str(tmp_path / name)) == WRITTEN


def test_a_list_of_steps_as_one_writes_it_by_hand():
    steps = [
        {"rename": {"a": "b"}},
        {"map": "b", "by": "truncate", "n": 3},
        {"add": "c", "sql": "b || '!'"},
        {"filter": "b <> ''"},
        {"drop": "d"},
    ]
    made = dk.Transform().rename({"a": "b"}).map("b", "truncate", 3).add("c", "b || '!'")
    assert dk.Transform.from_dict(steps) == made.filter("b <> ''").drop("d")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"version": 2, "steps": []}, "by a later version"),
        ({"steps": [{"dorp": "a"}]}, "Did you mean 'drop'"),
        ({"steps": [{"drop": "a", "x": 1}]}, "takes nothing beside its value"),
        (
            {"steps": [{"map": "a", "by": "truncate", "n": 1, "m": 1}]},
            "unexpected keyword",
        ),
        ({"step": []}, "is no transformation"),
        ({"steps": [], "more": 1}, "has no 'more'"),
        (5, "is no transformation"),
    ],
)
def test_what_is_no_transformation_is_refused(data, message):
    with pytest.raises(UsageError, match=message):
        dk.Transform.of(data)


def test_a_function_is_written_by_the_name_that_it_is_registered_by():
    dk.register_coercion("tenfold", lambda values: values * 10)
    steps = dk.Transform().map("n", "tenfold")
    assert dk.Transform.from_dict(steps.to_dict())(pd.DataFrame({"n": [1, 2]}))["n"].tolist() == [
        10,
        20,
    ]
    with pytest.raises(UsageError, match=r"Register a function of Python by dk\.reg"):
        dk.Transform().map("n", lambda values: values).to_dict()


def test_a_configuration_names_transformations(tmp_path):
    steps = dk.Transform().drop("a").map("b", "truncate", 3)
    steps.save(tmp_path / "clean.yaml")
    config = dk.configure(
        {"transforms": {"clean": steps.to_dict(), "kept": str(tmp_path / "clean.yaml")}}
    )
    assert config.get_instance("transforms", "clean") == steps
    assert config.get_instance("transforms", "kept") == steps
    wrong = dk.configure({"transforms": {"odd": {"steps": [{"dorp": "a"}]}}})
    with pytest.raises(dk.errors.ConfigError, match=r"transforms\.odd: .*Did you mean 'drop'"):
        wrong.get_instance("transforms", "odd")


def test_a_salt_is_not_shown():
    steps = dk.Transform().map("age", "hash", salt="pepper")
    assert "pepper" not in repr(steps)
    assert "pepper" not in steps.explain(PEOPLE)
    assert dk.Transform.from_dict(steps.to_dict()) == steps
    with pytest.raises(SchemaError) as raised:
        steps.map("born", "hash", salt="pepper")(PEOPLE)
    assert "pepper" not in "".join([str(raised.value), *raised.value.__notes__])


def test_values_that_have_no_exact_form_are_refused():
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    with pytest.raises(SchemaError, match="Give default="):
        dk.Transform().map("x", "map_values", {1: 2**53 + 1})(frame)
    with pytest.raises(UsageError, match="cannot be what 'map_values' makes"):
        dk.Transform().map("x", "map_values", {1: dt.timedelta(1)}, default=None)(frame)
    with pytest.raises(UsageError, match="cannot be written as JSON"):
        dk.Transform().map("x", "default", dt.date(2026, 1, 1)).to_dict()
    with pytest.raises(SchemaError, match="returned a frame of 1 columns, not a Series"):
        dk.Transform().add("y", lambda rows: rows)(frame)


def test_names_that_the_steps_need_are_refused():
    for name in ("__dk_new", "__dk_row", "__DK_care"):
        with pytest.raises(SchemaError, match=r"is dkdata's own\. Rename it first"):
            dk.Transform().map("a", "upper")(pd.DataFrame({name: ["WRONG"], "a": ["x"]}))


def test_a_call_in_text_is_checked_as_one_with_arguments_is():
    for text in ("hash('sha512')", "truncate(-1)", "upper('q')", "strip(3)"):
        with pytest.raises(UsageError):
            dk.Transform().map("a", text)
    assert dk.Transform().map("a", "upper(a)")(pd.DataFrame({"a": ["x"]}))["a"].tolist() == ["X"]


def test_each_rejected_row_has_a_reason_that_is_true():
    frame = pd.DataFrame({"a": ["x", "zz", "3"]})
    done = dk.Transform(on_error="reject").add("y", "CAST(a AS INTEGER)").run(frame)
    first, second = done.rejected["_dk_reasons"]
    assert "'x'" in first[0]
    assert "it cannot be computed" in second[0]


def test_a_bad_row_does_not_change_the_dtypes_of_others():
    frame = pd.DataFrame({"c": pd.Categorical(["x", "y"]), "a": ["1", "2"]})
    steps = dk.Transform(on_error="null").map("a", "to_int").map("c", "to_string")
    assert steps(frame)["c"].dtype == steps(frame.assign(a=["1", "?"]))["c"].dtype


def test_steps_that_were_used_are_pickled_and_written_in_any_order():
    steps = dk.Transform().map("a", "default", "q")
    steps(pd.DataFrame({"a": ["x", None]}))
    assert pickle.loads(pickle.dumps(steps)) == steps  # noqa: S301 - our own
    data = json.loads(json.dumps(steps.to_dict(), sort_keys=True))
    assert dk.Transform.from_dict(data) == steps


def test_lengths_of_time_are_converted():
    made = dk.Transform().map("a", "convert", "duration")(pd.DataFrame({"a": ["PT1H", None]}))
    assert made["a"].tolist() == [pd.Timedelta(hours=1), pd.NaT]


def test_explain_says_what_answers_each_step():
    steps = (
        dk.Transform().map("age", "to_int").map("age", lambda age: age + 1).map("tags", "to_json")
    )
    told = steps.explain(PEOPLE).splitlines()
    assert [line for line in told if line[0].isdigit()] == [
        "1. map 'age' by to_int: DuckDB",
        "2. map 'age' by <lambda>: Python",
        "3. map 'tags' by to_json: Python",
    ]
    assert 'TRY_CAST("age" AS BIGINT)' in told[1]


def test_dates_in_steps():
    frame = pd.DataFrame({"day": pd.to_datetime(["2026-01-01", None])})
    late = dk.Transform().map("day", "clip", dt.datetime(2026, 2, 1))(frame)  # noqa: DTZ001
    assert late["day"].tolist() == [pd.Timestamp("2026-02-01"), pd.NaT]
    known = dk.Transform().map("day", "default", "2020-01-01")(frame)
    pd.testing.assert_series_equal(
        known["day"], pd.Series(pd.to_datetime(["2026-01-01", "2020-01-01"]), name="day")
    )
