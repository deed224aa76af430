"""What every store does with rows that a suite rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import DkWarning, ExistsError, SchemaError, ValidationError
from dkdata.testing.comparing import assert_same
from dkdata.testing.writing import FRAMES, PEOPLE, rows

if TYPE_CHECKING:
    from dkdata.testing.comparing import Target

NAMED = dk.expect("name").not_null()
REASONS = ["name: not_null"]
VALID = PEOPLE.iloc[[0, 2]].reset_index(drop=True)


class GateTests:
    """A suite before the save: nothing, the valid rows, or everything is written."""

    def test_a_save_that_breaks_its_suite_writes_nothing(self, target: Target) -> None:
        with pytest.raises(
            ValidationError, match=r"(?s)nothing was written to .*name: not_null"
        ) as got:
            dk.save(PEOPLE, target("people"), suite=NAMED)
        assert got.value.result.invalid()["id"].tolist() == [2]
        assert not dk.exists(target("people"))
        assert not dk.exists(target("people__invalid"))

    def test_a_save_that_meets_its_suite_is_as_any_other(self, target: Target) -> None:
        for number, way in enumerate(("raise", "quarantine", "warn")):
            saved = dk.save(PEOPLE, target(f"p{number}"), suite=dk.expect("id").unique(),
                            on_invalid=way)  # fmt: skip
            assert (saved.rows, saved.inserted) == (3, 3)
            assert_same(dk.load(target(f"p{number}")), PEOPLE)
            assert not dk.exists(target(f"p{number}__invalid"))

    @pytest.mark.parametrize("kind", ["pandas", *FRAMES])
    def test_quarantine_puts_rejected_rows_beside_the_table(
        self, target: Target, kind: str
    ) -> None:
        frame = FRAMES[kind](PEOPLE) if kind in FRAMES else PEOPLE
        saved = dk.save(frame, target("people"), suite=NAMED, on_invalid="quarantine")
        assert (saved.rows, saved.inserted, len(saved.rejected)) == (3, 2, 1)
        assert rows(target("people")) == [(1, "Ada", 36.5), (3, "Bob", None)]
        assert rows(target("people__invalid")) == [(2, None, 41.0, REASONS)]

    def test_quarantine_keeps_index_and_dtypes(self, target: Target) -> None:
        labels = pd.Index(["x", "y", "z"], name="label")
        frame = PEOPLE.assign(grade=pd.Categorical(["b", "a", "b"], ordered=True)).set_axis(labels)
        saved = dk.save(frame, target("people"), suite=NAMED, on_invalid="quarantine")
        assert_same(dk.load(target("people")), frame.iloc[[0, 2]])
        assert_same(saved.rejected.drop(columns="_dk_reasons"), frame.iloc[[1]])
        held = dk.load(target("people__invalid"))
        assert_same(held.drop(columns="_dk_reasons"), frame.iloc[[1]])

    def test_later_rejected_rows_are_appended(self, target: Target) -> None:
        for first in (0, 10):
            dk.save(PEOPLE.assign(id=PEOPLE["id"] + first), target("people"), mode="append",
                    suite=NAMED, on_invalid="quarantine")  # fmt: skip
        assert [row[0] for row in rows(target("people"))] == [1, 3, 11, 13]
        assert [row[0] for row in rows(target("people__invalid"))] == [2, 12]

    def test_a_repeated_run_writes_once(self, target: Target) -> None:
        for again in (False, True):
            saved = dk.save(PEOPLE, target("once"), mode="append", suite=NAMED,
                            on_invalid="quarantine", run_id="r1")  # fmt: skip
            assert (saved.inserted, len(saved.rejected), saved.rows) == (2, 1, 3)
            assert saved.repeated == again
        assert (dk.count(target("once")), dk.count(target("once__invalid"))) == (2, 1)

    def test_an_id_that_a_dropped_table_forgot_may_come_with_other_rows(
        self, target: Target
    ) -> None:
        for frame in (PEOPLE, PEOPLE.assign(name=pd.Series([None, "Bob", None], dtype="str"))):
            saved = dk.save(frame, target("again"), suite=NAMED, on_invalid="quarantine",
                            run_id="r1")  # fmt: skip
            assert not saved.repeated
            dk.drop(target("again"))
        assert [row[0] for row in rows(target("again__invalid"))] == [1, 2, 3]

    def test_a_repeated_run_of_other_rows_gives_the_first_result(self, target: Target) -> None:
        first = dk.save(PEOPLE, target("once"), suite=NAMED, on_invalid="quarantine", run_id="r1")
        again = dk.save(PEOPLE.assign(name=None), target("once"), suite=NAMED,
                        on_invalid="quarantine", run_id="r1")  # fmt: skip
        assert (again.repeated, again.inserted, again.rejected) == (True, first.inserted, None)
        assert (dk.count(target("once")), dk.count(target("once__invalid"))) == (2, 1)

    def test_a_keyed_table_where_rejected_rows_go_is_refused(self, target: Target) -> None:
        dk.save(
            PEOPLE.assign(_dk_reasons=pd.Series([["x"]] * 3)), target("people__invalid"), key="id"
        )
        with pytest.raises(SchemaError, match=r"rejected rows do not fit .*has the key \['id'\]"):
            dk.save(PEOPLE, target("people"), suite=NAMED, on_invalid="quarantine")
        assert not dk.exists(target("people"))

    def test_a_run_that_died_between_its_two_commits_is_completed(self, target: Target) -> None:
        for _ in range(2):
            saved = dk.save(PEOPLE, target("died"), mode="append", suite=NAMED,
                            on_invalid="quarantine", run_id="r1")  # fmt: skip
            assert (saved.inserted, len(saved.rejected), saved.repeated) == (2, 1, False)
            assert (dk.count(target("died")), dk.count(target("died__invalid"))) == (2, 1)
            dk.drop(target("died"))  # as if only the rejected rows had been committed

    @pytest.mark.parametrize("mode", ["append", "upsert", "skip", "replace"])
    def test_the_mode_is_that_of_the_valid_rows(self, target: Target, mode: Any) -> None:
        dk.save(PEOPLE.head(1).assign(age=1.0), target("keyed"), key="id")
        frame = PEOPLE.iloc[1:] if mode == "append" else PEOPLE
        saved = dk.save(frame, target("keyed"), mode=mode, key="id", suite=NAMED,
                        on_invalid="quarantine")  # fmt: skip
        counts = {"append": (1, 0, 0), "upsert": (1, 1, 0), "skip": (1, 0, 1), "replace": (2, 0, 0)}
        assert (saved.inserted, saved.updated, saved.skipped) == counts[mode]
        assert saved.rows == len(frame)
        age = 1.0 if mode in ("append", "skip") else 36.5
        assert rows(target("keyed")) == [(1, "Ada", age), (3, "Bob", None)]

    def test_nothing_is_put_aside_for_a_save_that_is_refused(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        for refused, frame, given in (
            (ExistsError, PEOPLE, {}),
            (SchemaError, PEOPLE[["id", "name"]], {"mode": "append"}),
            (SchemaError, PEOPLE.assign(id=7), {"mode": "upsert", "key": "id"}),
        ):
            with pytest.raises(refused):
                dk.save(frame, target("people"), suite=NAMED, on_invalid="quarantine", **given)
            assert not dk.exists(target("people__invalid"))
        assert_same(dk.load(target("people")), PEOPLE)

    def test_another_table_where_rejected_rows_go_is_refused(self, target: Target) -> None:
        dk.save(pd.DataFrame({"other": [1]}), target("people__invalid"))
        with pytest.raises(SchemaError, match=r"rejected rows do not fit .*__invalid.*'other' of"):
            dk.save(PEOPLE, target("people"), suite=NAMED, on_invalid="quarantine")
        assert not dk.exists(target("people"))
        assert rows(target("people__invalid")) == [(1,)]

    @pytest.mark.parametrize("chosen", [slice(0), slice(1, 2)], ids=["no rows", "none valid"])
    def test_a_table_of_no_rows_is_made(self, target: Target, chosen: slice) -> None:
        frame = PEOPLE.iloc[chosen]
        saved = dk.save(frame, target("people"), suite=NAMED, on_invalid="quarantine")
        assert (saved.inserted, len(saved.rejected)) == (0, len(frame))
        assert dk.load(target("people")).dtypes.to_dict() == PEOPLE.dtypes.to_dict()
        assert dk.exists(target("people__invalid")) == bool(len(frame))

    def test_warn_writes_everything(self, target: Target) -> None:
        with pytest.warns(DkWarning, match=r"do not meet suite .*: name: not_null \(1 row\)"):
            saved = dk.save(PEOPLE, target("people"), suite=NAMED, on_invalid="warn")
        assert (saved.rows, saved.inserted, saved.rejected) == (3, 3, None)
        assert_same(dk.load(target("people")), PEOPLE)

    @pytest.mark.filterwarnings("error")
    def test_a_warning_that_is_an_error_comes_before_the_save(self, target: Target) -> None:
        with pytest.raises(DkWarning):
            dk.save(PEOPLE, target("people"), suite=NAMED, on_invalid="warn")
        assert not dk.exists(target("people"))
