"""``dk.sql`` and ``df.dk.query``: names, parameters, and what errors leave behind."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import QueryError, StoreError, UsageError
from dkdata.testing.comparing import assert_same

CASES = pd.DataFrame({"a": [1, 1], "A": [2, 3]})
MONTHS = pd.DataFrame({"a": [1, 2], "p": pd.period_range("2024-01", periods=2, freq="M")})


class TestNames:
    def test_a_name_that_sql_cannot_tell_from_another_is_refused(self):
        message = "does not tell column 'A' of 'this' from another.*Call it 'A__2'"
        with pytest.raises(QueryError, match=message):
            CASES.dk.query('select sum("A") as total from this')

    def test_both_are_there_under_their_stored_names(self):
        found = CASES.dk.query('select sum(a) as a, sum("A__2") as b from this')
        assert found.to_dict("list") == {"a": [2], "b": [5]}

    def test_a_star_keeps_the_labels(self):
        assert_same(CASES.dk.query("select * from this"), CASES)

    def test_other_names_of_the_columns_are_not_mistaken_for_them(self):
        found = dk.sql("select p from months as m(p, q)", months=MONTHS)
        assert found["p"].tolist() == [1, 2]

    def test_frames_whose_names_differ_only_by_case_are_refused(self):
        with pytest.raises(UsageError, match="does not tell the names 'f' and 'F' apart"):
            dk.sql("select * from f", f=CASES, F=CASES)

    @pytest.mark.parametrize("join", ["semi join", "anti join"])
    def test_a_join_that_only_filters_keeps_dtypes(self, join):
        found = dk.sql(f"from m {join} o using (a)", m=MONTHS, o=pd.DataFrame({"a": [1]}))
        kept = MONTHS[MONTHS["a"].eq(1) == (join == "semi join")]
        assert_same(found, kept.reset_index(drop=True))

    @pytest.mark.parametrize("source", ["far", "memory.far"])
    def test_a_join_finds_what_has_no_match_under_its_conditions(self, source):
        far = pd.DataFrame({"a": [1, 2], "gone": pd.array([None, 7], "Int64")})
        dk.save(far, "memory.far", mode="replace")
        text = "from {0} l left join {0} r on l.a = r.a and r.gone is null where r.a is null"
        assert dk.sql(f"select l.a {text.format(source)}", far=far)["a"].tolist() == [2]


class TestParameters:
    @pytest.mark.parametrize(
        ("sql", "given"),
        [("select ? as x", [np.int64(2)]), ("select $x as x", {"x": 2}), ("select ? as x", (2,))],
    )
    def test_values_are_bound(self, sql, given):
        assert dk.sql(sql, given)["x"].tolist() == [2]

    @pytest.mark.parametrize("given", [2, "x", {1, 2}])
    def test_what_is_no_list_or_mapping_is_refused(self, given):
        with pytest.raises(UsageError, match=r"parameters=.* is not possible"):
            dk.sql("select ? as x", given)

    @pytest.mark.parametrize("text", [None, 5, ["select 1"]])
    def test_what_is_no_text_is_refused(self, text):
        with pytest.raises(UsageError, match="is not SQL text"):
            dk.sql(text)

    def test_a_frame_without_columns_is_refused(self):
        with pytest.raises(UsageError, match="frame 'x' has no columns"):
            dk.sql("from x", x=pd.DataFrame())


class TestErrors:
    @pytest.mark.parametrize(
        ("sql", "message"),
        [
            ("select interval 1 month as x from t", "an interval of months has no fixed length"),
            ("select sum(9223372036854775807) as x from t", "a whole number beyond 64 bits"),
            ("select cast('x' || a as int) as x from t", "Could not convert string 'x1'"),
        ],
    )
    def test_an_error_half_way_leaves_the_table_free(self, sql, message):
        dk.save(CASES[["a"]], "t")
        with pytest.raises(QueryError, match=message) as kept:
            dk.sql(sql)
        assert dk.save(CASES[["a"]], "t", mode="append", timeout=5).rows == 2
        assert kept.value.__traceback__ is not None

    def test_sql_that_the_caller_did_not_write_is_not_shown(self):
        dk.save(CASES[["a"]], "t")
        with pytest.raises(QueryError) as caught:
            dk.load("t", where="cast('x' || a as int) > 1")
        assert "SELECT" not in str(caught.value)

    def test_a_view_of_a_lost_table_hides_no_other(self):
        dk.save(CASES[["a"]], "t")
        with duckdb.connect(".dkdata/workspace.duckdb") as other:
            other.execute("CREATE TABLE lost AS SELECT 1 AS a; CREATE VIEW bv AS FROM lost")
            other.execute("DROP TABLE lost")
        listed = dk.tables("local").set_index("table")
        assert listed["rows"].tolist() == [pd.NA, 2]
        assert dk.exists("bv")
        with pytest.raises(StoreError, match=r"view 'bv' cannot be read: .*lost"):
            dk.load("bv")


class TestAggregates:
    @pytest.mark.parametrize("target", ["memory.cases", "cases", "cases.csv", "cases/"])
    def test_groups_keep_their_labels(self, target):
        frame = pd.DataFrame({"a": [1, 1], "A": [2, 3], "": [5, 5]})
        dk.save(frame, target, mode="replace")
        by = dk.table(target).aggregate(by=["A", ""], a=("a", "sum")).to_pandas()
        assert_same(by, pd.DataFrame({"A": [2, 3], "": [5, 5], "a": [1, 1]}))
