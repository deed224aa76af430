"""The rules that ask more than one frame can say: SQL about it, and other tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dkdata import catalog, federated
from dkdata.errors import DkError, StoreNotFoundError, UsageError
from dkdata.validation.answering import conditions
from dkdata.validation.answering.asking import Asked, outcome_of
from dkdata.validation.answering.tiers import SQL, NotCompiledError
from dkdata.validation.results.result_format import LISTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from dkdata.validation.answering.held import Queried
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.results.outcome import Outcome
    from dkdata.validation.results.result_format import ResultFormat

_BATCH: Final = "_dk_batch"


def answer(number: int, expectation: Expectation, queried: Queried, told: ResultFormat) -> Outcome:
    """Return what became of the rule; one that cannot be evaluated says why in its result."""
    asked = Asked(number, expectation, expectation, dict(expectation.kwargs))
    try:
        success, found = _found(expectation.kwargs, queried, told)
    except DkError as error:
        made = outcome_of(asked, success=False, result={}, tier=SQL)
        info = ("exception_traceback", "exception_message")
        raised = {"raised_exception": True, **dict.fromkeys(info, str(error))}
        return replace(made, exception_info=raised)
    return outcome_of(asked, success=success, result=found if told.detail else {}, tier=SQL)


def _found(
    given: Mapping[str, Any], queried: Queried, told: ResultFormat
) -> tuple[bool, dict[str, Any]]:
    match given:
        case {"unexpected_rows_query": query}:
            return _no_rows(query, queried, told)
        case {"other_table_name": name}:
            return _same_count(name, queried.count(_condition(given)))
        case {"base_query": query, "comparison_query": other, "comparison_data_source_name": name}:
            if name not in catalog.store_names():
                raise StoreNotFoundError(name, catalog.store_names(), name)
            rows = federated.query(other.rstrip("; \t\r\n"), {}).read_all()
            return _compared(_asked(query, queried), rows, given.get("mostly", 1), told)
    message = f"{', '.join(given)} are no parameters of a rule on queries."
    raise UsageError(message)


def _condition(given: Mapping[str, Any]) -> dict[str, Any] | None:
    condition = given.get("row_condition")
    if condition is None:
        return None
    try:
        return conditions.canonical(condition, given.get("condition_parser"))
    except NotCompiledError as error:
        message = f"row_condition={condition!r} cannot be read here. Give a pandas query as text."
        raise UsageError(message) from error


def _asked(query: str, queried: Queried) -> pa.Table:
    """Return what a query finds; ``{batch}`` in it stands for the rows."""
    try:
        text = query.format(batch=_BATCH)
    except (KeyError, IndexError, ValueError) as error:
        message = (
            f"the query {query!r} has something else than {{batch}} in braces."
            " Write a literal brace twice."
        )
        raise UsageError(message) from error
    return federated.query(text.rstrip("; \t\r\n"), {_BATCH: queried.frame()}).read_all()


def _no_rows(query: str, queried: Queried, told: ResultFormat) -> tuple[bool, dict[str, Any]]:
    rows = _asked(query, queried)
    result: dict[str, Any] = {"observed_value": rows.num_rows}
    if told.is_complete:
        result["details"] = {"unexpected_rows": rows.slice(0, LISTED).to_pylist()}
    return rows.num_rows == 0, result


def _same_count(name: str, here: int) -> tuple[bool, dict[str, Any]]:
    location = catalog.locate(name)
    there = location.store.count(location.table)
    return here == there, {"observed_value": {"self": here, "other": there}}


def _compared(
    here: pa.Table, there: pa.Table, mostly: float, told: ResultFormat
) -> tuple[bool, dict[str, Any]]:
    """Return how many rows of two queries differ; their order and column names do not count."""
    first, second = _counted(here), _counted(there)
    most = max(here.num_rows, there.num_rows)
    differing = most - (first & second).total()
    percent = (1 - (most - differing) / most) * 100 if most else 0.0
    result: dict[str, Any] = {"unexpected_count": differing, "unexpected_percent": percent}
    if told.is_complete:
        result["details"] = {
            "missing_rows": _listed(second - first, there.column_names),
            "unexpected_rows": _listed(first - second, here.column_names),
        }
    return 100 - percent >= mostly * 100, result


def _counted(rows: pa.Table) -> Counter[tuple[Any, ...]]:
    if not all(_is_single(field.type) for field in rows.schema):
        message = "rows with lists or records cannot be compared. Select their parts."
        raise UsageError(message)
    return Counter(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def _is_single(data_type: pa.DataType) -> bool:
    return not data_type.num_fields


def _listed(counted: Counter[tuple[Any, ...]], names: list[str]) -> list[dict[str, Any]]:
    """Return rows in order, null first in each column, as often as they are there."""
    ordered = sorted(counted.elements(), key=lambda row: [(v is not None, v) for v in row])
    return [dict(zip(names, row, strict=True)) for row in ordered]
