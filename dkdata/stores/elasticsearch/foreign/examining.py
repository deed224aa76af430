"""Values that JSON leaves in doubt: whether all are of the type of the mapping."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from dkdata import engine
from dkdata.dialects.fragment import quote, text
from dkdata.stores.elasticsearch.foreign import dates
from dkdata.stores.elasticsearch.foreign.hints import DATES, FLOATS, INTEGERS, Hint
from dkdata.stores.elasticsearch.foreign.values import items
from dkdata.stores.file.documents_reading import sql_type
from dkdata.stores.file.guessing import Guess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_INTEGER = "^(?:0|-?[1-9][0-9]*)$"
_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"
_LONG = "^-?[0-9]{16,}$"
_FULL = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?"

_Rows: TypeAlias = "Callable[[Mapping[str, str]], str]"


@dataclass(frozen=True)
class Question:
    """A column whose values are looked at.

    Parameters
    ----------
    is_list
        Whether there are lists of them.
    """

    name: str
    hint: Hint
    is_list: bool


@dataclass(frozen=True)
class Finding:
    """The type that all values have, and SQL of one by that of its text.

    Parameters
    ----------
    is_plain
        Whether DuckDB reads the text as that type by itself.
    """

    type: pa.DataType
    leaf: Callable[[str], str]
    is_plain: bool = False


def asked(rows: _Rows, questions: Iterable[Question]) -> dict[str, Finding]:
    """Return what was found of columns; those whose values do not fit are left out.

    Parameters
    ----------
    rows
        Returns a FROM item with columns of given types.
    """
    given = list(questions)
    dates_ = [question for question in given if question.hint.type in DATES]
    found = _answered(rows, dates_, _plain_date_tests, _plain_date)
    others = [question for question in given if question.name not in found]
    return found | _answered(rows, others, _tests, _finding)


def _answered(
    rows: _Rows,
    given: list[Question],
    tests_of: Callable[[Question], list[str]],
    conclude: Callable[[_Rows, Question, list[Any]], Finding | None],
) -> dict[str, Finding]:
    """Return what was found of columns by aggregates over them, in one query."""
    if not given:
        return {}
    tests = [tests_of(question) for question in given]
    shown = ", ".join(test for each in tests for test in each)
    source = rows(dict.fromkeys((question.name for question in given), "JSON"))
    query = f"SELECT {shown} FROM {source}"  # noqa: S608
    told = list(engine.connection().sql(query).fetchall()[0])
    found = dict[str, Finding]()
    for question, each in zip(given, tests, strict=True):
        facts, told = told[: len(each)], told[len(each) :]
        finding = conclude(rows, question, facts)
        if finding is not None:
            found[question.name] = finding
    return found


def _tests(question: Question) -> list[str]:
    """Return aggregates over the texts of a column."""
    kind = question.hint.type
    if kind in DATES:
        return _date_tests(question)
    if kind == "boolean":
        return [_all(question, lambda t: f"{t} IN ('true', 'false')")]
    if kind == "binary":
        return [_all(question, lambda t: f"TRY(from_base64({t})) IS NOT NULL")]
    return [
        _all(question, lambda t: f"regexp_matches({t}, {text(_INTEGER)})"),
        _all(question, lambda t: f"regexp_matches({t}, {text(_NUMBER)})"),
        _any(question, lambda t: f"regexp_matches({t}, {text(_LONG)})"),
        _most(question, "min"),
        _most(question, "max"),
        _all(question, lambda t: f"TRY_CAST({t} AS BIGINT) IS NOT NULL"),
    ]


def _plain_date_tests(question: Question) -> list[str]:
    """Return aggregates over dates that are written out, as most are: DuckDB reads them."""
    zoned, naive = text(_FULL + r"(Z|[+-]\d{2}:\d{2})$"), text(_FULL + "$")
    return [
        _all(question, lambda t: f"regexp_matches({t}, {zoned})"),
        _all(question, lambda t: f"regexp_matches({t}, {naive})"),
        *_range_tests(question, lambda t: t),
    ]


def _date_tests(question: Question) -> list[str]:
    formats = question.hint.formats
    zoned = text(dates.HAS_OFFSET)
    return [
        _any(question, lambda t: f"regexp_matches({dates.normalised(t, formats)}, {zoned})"),
        *_range_tests(question, lambda t: dates.normalised(t, formats)),
    ]


def _range_tests(question: Question, made: Callable[[str], str]) -> list[str]:
    return [
        _any(question, lambda t: f"regexp_matches({t}, '[.,][0-9]{{7,}}')"),
        _all(question, lambda t: f"TRY_CAST({made(t)} AS TIMESTAMP) IS NOT NULL"),
        _all(question, lambda t: f"TRY_CAST({made(t)} AS TIMESTAMP_NS) IS NOT NULL"),
    ]


def _all(question: Question, test: Callable[[str], str]) -> str:
    """Return whether a test holds for every text that is there."""
    column = quote(question.name)
    if question.is_list:
        each = (
            f"list_transform({_texts(column)}, lambda t: t IS NULL OR coalesce({test('t')}, false))"
        )
        return f"coalesce(bool_and(list_bool_and({each})), true)"
    one = f"json_extract_string({column}, '$')"
    return f"coalesce(bool_and({one} IS NULL OR coalesce({test(one)}, false)), true)"


def _any(question: Question, test: Callable[[str], str]) -> str:
    return f"NOT {_all(question, lambda t: f'NOT coalesce({test(t)}, false)')}"


def _most(question: Question, aggregate: str) -> str:
    column = quote(question.name)
    if question.is_list:
        each = f"list_transform({_texts(column)}, lambda t: TRY_CAST(t AS BIGINT))"
        return f"{aggregate}(list_{aggregate}({each}))"
    return f"{aggregate}(TRY_CAST(json_extract_string({column}, '$') AS BIGINT))"


def _texts(column: str) -> str:
    return f"list_transform({items(column)}, lambda j: json_extract_string(j, '$'))"


def _finding(rows: _Rows, question: Question, facts: list[Any]) -> Finding | None:
    kind = question.hint.type
    if kind in DATES:
        return _date(question.hint, facts)
    if kind == "boolean":
        return _cast(pa.bool_()) if facts[0] else None
    if kind == "binary":
        return Finding(pa.large_binary(), str) if facts[0] else None
    are_whole, are_numbers, are_long, least, most, are_short = facts
    if are_whole and not are_short:
        return _cast(_guessed(rows, question))
    if are_whole:
        return _cast(_whole(kind, least, most, are_long=are_long))
    return _cast(pa.float64()) if are_numbers and not are_long else None


def _whole(kind: str, least: int | None, most: int | None, *, are_long: bool) -> pa.DataType:
    """Return the type of whole numbers that fit into 64 bits."""
    if kind in FLOATS:
        return pa.int64() if are_long else pa.float64()
    t = INTEGERS.get(kind, pa.int64())
    if least is None or most is None:
        return t
    try:
        pa.array([least, most], t)
    except (pa.ArrowInvalid, OverflowError):
        return pa.int64()
    return t


def _guessed(rows: _Rows, question: Question) -> pa.DataType:
    """Return the type of whole numbers of which some have more than 64 bits."""
    source, guess = rows({question.name: "JSON"}), Guess()
    query = f"SELECT unnest({_texts(quote(question.name))}) FROM {source}"  # noqa: S608
    for batch in engine.connection().sql(query).to_arrow_reader():
        guess.look_at(batch.column(0).cast(pa.large_string()))
    return guess.guessed


def _cast(t: pa.DataType) -> Finding:
    kind = sql_type(t)
    return Finding(t, str if kind == "VARCHAR" else lambda found: f"CAST({found} AS {kind})")


def _plain_date(rows: _Rows, question: Question, facts: list[bool]) -> Finding | None:
    del rows
    are_zoned, are_naive, *limits = facts
    is_iso = dates.is_iso(question.hint.formats)
    t = _date_type(question.hint, limits, is_zoned=are_zoned)
    if t is None or not is_iso or not (are_zoned or are_naive):
        return None
    return replace(_cast(t), is_plain=True)


def _date_type(hint: Hint, limits: list[bool], *, is_zoned: bool) -> pa.DataType | None:
    are_long, are_dates, are_near = limits
    is_fine = are_long or hint.type == "date_nanos"
    if not are_dates or (is_fine and not are_near):
        return None
    return pa.timestamp("ns" if is_fine else "us", "UTC" if is_zoned else None)


def _date(hint: Hint, facts: list[bool]) -> Finding | None:
    are_zoned, *limits = facts
    t = _date_type(hint, limits, is_zoned=are_zoned)
    if t is None:
        return None
    kind = sql_type(t)

    def leaf(found: str) -> str:
        made = dates.normalised(found, hint.formats)
        if not are_zoned:
            return f"CAST({made} AS {kind})"
        # What tells no offset is in UTC, as the server reads it.
        is_zoned = f"regexp_matches(n, {text(dates.HAS_OFFSET)})"
        zoned = f"CASE WHEN {is_zoned} THEN n ELSE n || 'Z' END"
        return f"list_transform([{made}], lambda n: CAST({zoned} AS {kind}))[1]"

    return Finding(t, leaf)
