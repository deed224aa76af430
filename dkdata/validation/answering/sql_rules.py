"""The rules that ask more than one frame can say: SQL about it, and other tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dkdata import catalog, federated
from dkdata.errors import DkError, UnsupportedError, UsageError
from dkdata.validation.plain import plain
from dkdata.validation.results.outcome import Outcome

if TYPE_CHECKING:
    from dkdata.validation.expectation import Expectation

_BATCH: Final = "_dk_batch"
_LISTED: Final = 200
"""Rows that a complete result lists, as in Great Expectations."""


def answer(
    number: int,
    expectation: Expectation,
    frame: Any,  # noqa: ANN401 - any frame or stream
    rows: int,
    level: str,
) -> Outcome:
    """Return what became of the rule; one that cannot be evaluated says why in its result.

    Parameters
    ----------
    rows
        How many rows the frame has.
    """
    success, problem = False, ""
    result: dict[str, Any] = {}
    try:
        success, result = _found(expectation, frame, rows, level)
    except DkError as error:
        problem = str(error)
    return Outcome(
        number=number,
        expectation=expectation,
        success=success,
        result=plain(result),
        configuration=expectation.to_dict(),
        meta={"dkdata": {"tier": "sql"}},
        exception_info={
            "raised_exception": bool(problem),
            "exception_traceback": problem or None,
            "exception_message": problem or None,
        },
    )


def _found(
    expectation: Expectation,
    frame: Any,  # noqa: ANN401 - any frame or stream
    rows: int,
    level: str,
) -> tuple[bool, dict[str, Any]]:
    if "row_condition" in expectation.kwargs:
        message = f"{expectation.rule}: with a row_condition it can not be evaluated yet."
        raise UnsupportedError(message)
    match expectation.kwargs:
        case {"unexpected_rows_query": query}:
            return _no_rows(query, frame, level)
        case {"other_table_name": name}:
            return _same_count(name, rows, level)
    message = (
        f"{expectation.type} compares two data sources and can not be evaluated on a frame."
        " Compare them in one query: dk.expect_table().no_rows('select …')."
    )
    raise UnsupportedError(message)


def _no_rows(query: str, frame: Any, level: str) -> tuple[bool, dict[str, Any]]:  # noqa: ANN401
    try:
        text = query.format(batch=_BATCH)
    except (KeyError, IndexError, ValueError) as error:
        message = (
            f"the query {query!r} has something else than {{batch}} in braces."
            " Write a literal brace twice."
        )
        raise UsageError(message) from error
    rows = federated.query(text.rstrip("; \t\r\n"), {_BATCH: frame}).read_all()
    if level == "BOOLEAN_ONLY":
        return rows.num_rows == 0, {}
    result: dict[str, Any] = {"observed_value": rows.num_rows}
    if level == "COMPLETE":
        result["details"] = {"unexpected_rows": rows.slice(0, _LISTED).to_pylist()}
    return rows.num_rows == 0, result


def _same_count(name: str, here: int, level: str) -> tuple[bool, dict[str, Any]]:
    location = catalog.locate(name)
    there = location.store.count(location.table)
    told = {"observed_value": {"self": here, "other": there}}
    return here == there, {} if level == "BOOLEAN_ONLY" else told
