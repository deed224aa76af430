"""Rules about rows as conditions: which rows they are about, and which of those break them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.predicate import And, Compare, Like, Not, Or, Predicate, Regex
from dkdata.questions import BeyondAscii, Count, Groups, Unlike
from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.kernels.comparing import bounds_of
from dkdata.validation.kernels.regexes import portable
from dkdata.validation.served.conditions import among, compared_with, number_for, predicate_of
from dkdata.validation.served.shape import both, either, is_nullable
from dkdata.values import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from dkdata.predicate import Operator
    from dkdata.questions import Question
    from dkdata.validation.catalogue import Entry
    from dkdata.validation.served.shape import Kind, Shape

    Given: TypeAlias = Mapping[str, Any]

_LONGEST: Final = 500
_MOST_PAIRS: Final = 200
_COMPARED: Final = 8
_BOTH: Final = ("both_values_are_missing", "all_values_are_missing")
_ANY: Final = ("either_value_is_missing", "any_value_is_missing")
_IGNORED: Final = {"column pair": _BOTH[0], "multicolumn": _BOTH[1]}
_ORDERED: Final[tuple[Kind, ...]] = ("integer", "float", "text", "time")
_ALIKE: Final[tuple[Kind, ...]] = (*_ORDERED, "boolean")


@dataclass(frozen=True)
class RowRule:
    """What a rule about rows asks of them.

    Parameters
    ----------
    columns
        The labels of the columns that it is about.
    about
        Which rows it is about.
    considered
        Which of them have the values that it is about.
    broken
        Which rows break it.
    none
        What there must be none of, so that the answer is that of pandas.
    """

    columns: tuple[str, ...]
    about: Predicate
    considered: Predicate
    broken: Predicate | Groups
    none: tuple[Question, ...] = ()
    counts_missing: bool = True
    in_records: bool = False
    tells_names: bool = True

    @property
    def question(self) -> Count | Groups:
        """What answers how many rows break it."""
        return self.broken if isinstance(self.broken, Groups) else Count(self.broken)

    @property
    def questions(self) -> list[Question]:
        """What has to be known of the table."""
        return [Count(self.about), Count(self.considered), self.question, *self.none]


def row_rule(entry: Entry, given: Given, shape: Shape) -> RowRule:
    """Return what a rule about rows asks of them.

    Raises
    ------
    NotCompiledError
        A server may answer otherwise than pandas.
    """
    about = predicate_of(shape, given.get("row_condition"))
    match entry.kind:
        case "column map":
            return _in_column(entry, given, shape, about)
        case "column pair" | "multicolumn":
            return _in_several(entry, given, shape, about)
    raise NotCompiledError


def _in_column(entry: Entry, given: Given, shape: Shape, about: Predicate) -> RowRule:
    name = given["column"]
    if entry.method in ("null", "not_null"):
        shape.kind(name, *_ALIKE, "other")
        is_there = entry.method == "not_null"
        broken = both(about, shape.missing(name) if is_there else shape.there(name))
        return RowRule((name,), about, about, broken, counts_missing=False, tells_names=is_there)
    considered = both(about, shape.there(name))
    if entry.method == "unique":
        kind = shape.kind(name, *_ALIKE)
        return RowRule((name,), about, considered, Groups((name,), considered), _unlike(name, kind))
    if entry.method not in _COLUMN_RULES:
        raise NotCompiledError
    kinds, rule = _COLUMN_RULES[entry.method]
    kind = shape.kind(name, *kinds)
    broken, none = rule(shape, name, given)
    return RowRule((name,), about, considered, both(considered, broken), none + _unlike(name, kind))


def _unlike(name: str, kind: Kind) -> tuple[Question, ...]:
    return (Unlike(name),) if kind == "time" else ()


def _between(shape: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    bounds_of(given)
    outside = []
    if "min_value" in given:
        op: Operator = "<=" if given.get("strict_min") else "<"
        outside.append(Compare(name, op, number_for(shape, name, given["min_value"])))
    if "max_value" in given:
        op = ">=" if given.get("strict_max") else ">"
        outside.append(Compare(name, op, number_for(shape, name, given["max_value"])))
    return either(outside), ()


def _in_set(shape: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    return Not(among(shape, name, given["value_set"])), ()


def _not_in_set(shape: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    return among(shape, name, given["value_set"]), ()


def _length(_: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    value = given["value"]
    if not (value == int(value) and 0 <= value <= _LONGEST):
        raise NotCompiledError
    return Not(Like(name, "_" * int(value))), ()


def _length_between(_: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    outside = list[Predicate]()
    if "min_value" in given:
        least = max(0, given["min_value"] + bool(given.get("strict_min")))
        outside.append(Not(Like(name, f"{'_' * _at_most(least)}%")))
    if "max_value" in given:
        beyond = max(0, given["max_value"] + (not given.get("strict_max")))
        outside.append(Like(name, f"{'_' * _at_most(beyond)}%"))
    if not outside:
        raise NotCompiledError
    return either(outside), ()


def _at_most(length: int) -> int:
    if length > _LONGEST:
        raise NotCompiledError
    return length


def _found(
    shape: Shape, name: str, patterns: Sequence[str]
) -> tuple[list[Predicate], tuple[Question, ...]]:
    """Return for each regular expression where it is found, and what there must be none of."""
    if getattr(shape.dtype(name), "storage", "") != "pyarrow":
        raise NotCompiledError
    written = [portable(pattern) for pattern in patterns]
    found = list[Predicate]()
    for one in written:
        if one is None:
            raise NotCompiledError
        found.append(Regex(name, one.text))
    is_ascii = any(one.needs_ascii for one in written if one)
    return found, (BeyondAscii(name),) if is_ascii else ()


def _matches(shape: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    found, none = _found(shape, name, given.get("regex_list", [given.get("regex", "(?s).*")]))
    joined = both(*found) if given.get("match_on") == "all" else either(found)
    return Not(joined), none


def _not_matches(shape: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    found, none = _found(shape, name, given.get("regex_list", [given.get("regex")]))
    return either(found), none


def _likes(name: str, given: Given) -> list[Predicate]:
    if given.get("escape") is not None:
        raise NotCompiledError
    patterns = given.get("like_pattern_list", [given.get("like_pattern")])
    return [Like(name, pattern) for pattern in patterns]


def _like(_: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    found = _likes(name, given)
    return Not(both(*found) if given.get("match_on") == "all" else either(found)), ()


def _not_like(_: Shape, name: str, given: Given) -> tuple[Predicate, tuple[Question, ...]]:
    return either(_likes(name, given)), ()


_TEXT: Final[tuple[Kind, ...]] = ("text",)
_COLUMN_RULES: Final[Mapping[str, tuple[tuple[Kind, ...], Callable[..., Any]]]] = {
    "between": (("integer", "float", "time"), _between),
    "in_set": (_ALIKE, _in_set),
    "not_in_set": (_ALIKE, _not_in_set),
    "length": (_TEXT, _length),
    "length_between": (_TEXT, _length_between),
    "matches": (_TEXT, _matches),
    "matches_any": (_TEXT, _matches),
    "not_matches": (_TEXT, _not_matches),
    "not_matches_any": (_TEXT, _not_matches),
    "like": (_TEXT, _like),
    "like_any": (_TEXT, _like),
    "not_like": (_TEXT, _not_like),
    "not_like_any": (_TEXT, _not_like),
}
"""For each rule the kinds of columns of which it is known, and which values there break it."""


def _in_several(entry: Entry, given: Given, shape: Shape, about: Predicate) -> RowRule:
    is_pair = entry.kind == "column pair"
    names = (given["column_A"], given["column_B"]) if is_pair else tuple(given["column_list"])
    if len(set(names)) < len(names):
        raise NotCompiledError
    ignored = given.get("ignore_row_if", _IGNORED[entry.kind])
    missing = [shape.missing(name) for name in names]
    considered = about
    if ignored in _BOTH:
        considered = both(about, Not(And(tuple(missing))))
    elif ignored in _ANY:
        considered = both(about, *(shape.there(name) for name in names))
    kinds = [shape.kind(name, *_ALIKE) for name in names]
    none = tuple(
        one for name, kind in zip(names, kinds, strict=True) for one in _unlike(name, kind)
    )
    if entry.method == "unique_together":
        floats = [name for name, kind in zip(names, kinds, strict=True) if kind == "float"]
        # NaN and null are one value in pandas, and two groups elsewhere.
        none += tuple(Count(Compare(name, "==", float("nan"))) for name in floats)
        return RowRule(names, about, considered, Groups(names, considered), none, in_records=True)
    rules = _PAIR_RULES if is_pair else _COLUMNS_RULES
    if entry.method not in rules:
        raise NotCompiledError
    broken = rules[entry.method](shape, names, given)
    return RowRule(names, about, considered, both(considered, broken), none, in_records=not is_pair)


def _greater_than(shape: Shape, names: tuple[str, str], given: Given) -> Predicate:
    a, b = names
    _check_alike(shape, names, _ORDERED)
    op: Operator = "<" if given.get("or_equal") else "<="
    return Or((shape.missing(a), shape.missing(b), Compare(a, op, Ref(b))))


def _pair_equal(shape: Shape, names: tuple[str, str], _: Given) -> Predicate:
    a, b = names
    _check_alike(shape, names, _ALIKE)
    return Or((shape.missing(a), shape.missing(b), Compare(a, "!=", Ref(b))))


def _check_alike(shape: Shape, names: Sequence[str], kinds: tuple[Kind, ...]) -> None:
    """Refuse columns whose values pandas compares after it has made something else of them."""
    found = {shape.kind(name, *kinds) for name in names}
    dtypes = {str(shape.dtype(name)) for name in names}
    if len(found) > 1 or (found & {"text", "boolean", "time"} and len(dtypes) > 1):
        raise NotCompiledError


def _pair_in_set(shape: Shape, names: tuple[str, str], given: Given) -> Predicate:
    _check_alike(shape, names, ("integer", "text"))
    pairs = given["value_pairs_set"]
    if "row_condition" in given or len(pairs) > _MOST_PAIRS:
        raise NotCompiledError
    wanted = (
        both(*(_is(shape, name, value) for name, value in zip(names, pair, strict=True)))
        for pair in pairs
    )
    return Not(either(wanted))


def _is(shape: Shape, name: str, value: Any) -> Predicate:  # noqa: ANN401 - any parameter
    if value is None:
        return shape.missing(name)
    return And((shape.there(name), Compare(name, "==", compared_with(shape, name, value))))


def _all_equal(shape: Shape, names: tuple[str, ...], _: Given) -> Predicate:
    _check_plain(shape, names)
    return either(_differ(shape, names[0], other) for other in names[1:])


def _unique_within(shape: Shape, names: tuple[str, ...], _: Given) -> Predicate:
    _check_plain(shape, names)
    dtypes = {shape.dtype(name) for name in names}
    is_plain = all(isinstance(one, pd.StringDtype) or one in ("int64", "float64") for one in dtypes)
    if len(dtypes) > 1 or not is_plain or len(names) > _COMPARED:
        raise NotCompiledError
    return either(_same(shape, a, b) for a, b in combinations(names, 2))


def _check_plain(shape: Shape, names: Sequence[str]) -> None:
    """Refuse columns of which a comparison can be neither true nor false."""
    _check_alike(shape, names, _ALIKE)
    dtypes = [shape.dtype(name) for name in names]
    if any(is_nullable(one) or getattr(one, "na_value", np.nan) is pd.NA for one in dtypes):
        raise NotCompiledError


def _same(shape: Shape, a: str, b: str) -> Predicate:
    alike = And((shape.there(a), shape.there(b), Compare(a, "==", Ref(b))))
    return Or((alike, And((shape.missing(a), shape.missing(b)))))


def _differ(shape: Shape, a: str, b: str) -> Predicate:
    unlike = And((shape.there(a), shape.there(b), Compare(a, "!=", Ref(b))))
    one = And((shape.missing(a), shape.there(b)))
    other = And((shape.there(a), shape.missing(b)))
    return Or((unlike, one, other))


_PAIR_RULES: Final[Mapping[str, Callable[..., Predicate]]] = {
    "greater_than": _greater_than,
    "equal": _pair_equal,
    "in_set": _pair_in_set,
}
_COLUMNS_RULES: Final[Mapping[str, Callable[..., Predicate]]] = {
    "equal": _all_equal,
    "unique_within": _unique_within,
}
"""Which of the rows that a rule about several columns considers break it."""
