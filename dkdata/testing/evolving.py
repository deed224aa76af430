"""What every store does with versions of a schema: tables are brought to one, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import SchemaError, UsageError
from dkdata.testing.comparing import assert_same

if TYPE_CHECKING:
    from dkdata.testing.comparing import Target

_ID: Final = dk.Field("id", "integer")
_COUNTRY: Final = dk.Field("country", "string", default="NO", required=True)
PEOPLE: Final = (
    dk.Evolution("people")
    .add_version([_ID, dk.Field("name", "string"), dk.Field("age", "string")])
    .add_version(
        [_ID, dk.Field("who", "string"), dk.Field("age", "integer")], renamed={"name": "who"}
    )
    .add_version([_ID, dk.Field("who", "string"), dk.Field("age", "integer"), _COUNTRY])
    .add_version(
        [_ID, dk.Field("age", "string"), dk.Field("who", "float", default=None), _COUNTRY],
        renamed={"who": "age", "age": "who"},
    )
    .add_version([
        _ID, dk.Field("age", "string"), dk.Field("years", "float", default=None), _COUNTRY,
        dk.Field("seen", "datetime", default=None),
    ], renamed={"who": "years"})
)  # fmt: skip


def _people() -> pd.DataFrame:
    names = ["Ada", "O'Brien", "größe", None, ""] * 20
    ages = ["36", "0", None, "-1", "9007199254740992"] * 20
    return pd.DataFrame({"id": range(100), "name": names, "age": ages})


class EvolvingTests:
    """Versions of a schema."""

    def test_a_table_goes_through_five_versions_and_back(self, target: Target) -> None:
        people = _people()
        dk.save(people, target("people"), key="id")
        for version in PEOPLE.names[1:]:
            PEOPLE.upgrade(target("people"), to=version)
            assert PEOPLE.upgrade(target("people"), to=version).before == version
            wanted = PEOPLE.upgrade(people, to=version, at="1")
            found = dk.load(target("people"), order_by="id")
            assert sorted(found.columns) == sorted(wanted.columns)
            assert_same(found[wanted.columns.tolist()], wanted)
        for version in PEOPLE.names[-2::-1]:
            PEOPLE.downgrade(target("people"), to=version)
        assert_same(dk.load(target("people"), order_by="id")[people.columns.tolist()], people)

    def test_appends_keep_the_version_and_replaces_forget_it(self, target: Target) -> None:
        people = _people()
        dk.save(people.head(3), target("kept"), key="id")
        PEOPLE.upgrade(target("kept"), to="2")
        dk.save(PEOPLE.upgrade(people.tail(3), to="2"), target("kept"), mode="append")
        PEOPLE.upgrade(target("kept"), to="3")
        assert dk.count(target("kept")) == 6
        assert dk.load(target("kept"))["country"].unique().tolist() == ["NO"]
        dk.save(people, target("kept"), mode="replace")
        assert PEOPLE.upgrade(target("kept"), to="2").before == "1"

    def test_what_would_be_lost_is_refused_before_anything_is_changed(self, target: Target) -> None:
        people = _people()
        dk.save(people, target("lost"), key="id")
        PEOPLE.upgrade(target("lost"))
        dk.update(target("lost"), {"country": "SE"}, dk.col("id") == 7)
        before = dk.load(target("lost"), order_by="id")
        told = PEOPLE.downgrade(target("lost"), to="2", dry_run=True)
        assert (told.rows, sum(told.lost or ())) == (100, 1)
        with pytest.raises(SchemaError, match=r"drop 'country': row \d+: 'SE' would be lost"):
            PEOPLE.downgrade(target("lost"), to="2")
        assert_same(dk.load(target("lost"), order_by="id"), before)
        with pytest.raises(UsageError, match=r"is at version '5' of 'people', and '2' is before"):
            PEOPLE.upgrade(target("lost"), to="2")
        PEOPLE.downgrade(target("lost"), to="1", lossy="allow")
        assert_same(dk.load(target("lost"), order_by="id")[people.columns.tolist()], people)

    def test_values_that_a_type_has_not_are_refused_or_null(self, target: Target) -> None:
        people = _people().assign(age=["old", *["1"] * 99])
        dk.save(people, target("bad"), key="id")
        with pytest.raises(
            SchemaError, match=r"convert 'age' from string to integer: row 0: 'old'"
        ):
            PEOPLE.upgrade(target("bad"), to="2")
        assert_same(dk.load(target("bad"), order_by="id"), people)
        PEOPLE.upgrade(target("bad"), to="2", lossy="allow")
        assert dk.load(target("bad"), order_by="id")["age"].tolist() == [pd.NA, *[1] * 99]

    def test_columns_that_are_swapped_added_and_dropped(self, target: Target) -> None:
        wide = dk.Field("wide", "string", default="it's")
        evolution = (
            dk.Evolution("letters")
            .add_version([_ID, dk.Field("a", "string"), dk.Field("b", "string")])
            .add_version(
                [_ID, dk.Field("b", "string"), dk.Field("a", "string"), wide],
                renamed={"a": "b", "b": "a"},
            )
            .add_version([_ID, dk.Field("c", "string"), wide], renamed={"b": "c"})
        )
        letters = pd.DataFrame({"id": [1, 2], "a": ["x", "y"], "b": [None, None]})
        letters["b"] = letters["b"].astype("str")
        dk.save(letters, target("letters"), key="id")
        evolution.upgrade(target("letters"), at="1")
        found = dk.load(target("letters"), order_by="id")
        assert found.to_dict("records") == [
            {"id": 1, "c": "x", "wide": "it's"},
            {"id": 2, "c": "y", "wide": "it's"},
        ]
        assert dk.load(target("letters"), where="c = 'y'")["id"].tolist() == [2]
        dk.save(found.tail(1).assign(id=3), target("letters"), mode="append")
        evolution.downgrade(target("letters"), "1")
        assert dk.load(target("letters"), order_by="id")["a"].tolist() == ["x", "y", "y"]
        assert (
            dk.table(target("letters")).schema.names == dk.load(target("letters")).columns.tolist()
        )

    def test_columns_that_go_are_kept_aside_and_come_again(self, target: Target) -> None:
        people = _people()
        dk.save(people, target("aside"), key="id")
        PEOPLE.upgrade(target("aside"))
        dk.update(target("aside"), {"country": "SE"}, dk.col("id") == 7)
        wanted = dk.load(target("aside"), order_by="id")
        PEOPLE.downgrade(target("aside"), "1", keep_removed=True)
        assert_same(dk.load(target("aside"), order_by="id")[people.columns.tolist()], people)
        dk.delete(target("aside"), dk.col("id") == 3)
        PEOPLE.upgrade(target("aside"))
        found = dk.load(target("aside"), order_by="id")
        assert_same(
            found[wanted.columns.tolist()], wanted[wanted["id"] != 3].reset_index(drop=True)
        )
        with pytest.raises(SchemaError, match="'SE' would be lost"):
            PEOPLE.downgrade(target("aside"), "1")
