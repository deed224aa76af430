"""A frame to the suite that it suggests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata import frames
from dkdata.errors import ColumnNotFoundError, SchemaError, UsageError
from dkdata.query import as_names
from dkdata.validation.builders.builder import expect_table
from dkdata.validation.suggestion import pairs, presence, ranges, references, sets, texts
from dkdata.validation.suggestion.columns import Column
from dkdata.validation.suggestion.confidence import because, confidence_of
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from dkdata.catalog import Location
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suggestion.columns import Kind

_BY_KIND: Final[Mapping[Kind, Callable[[Column], Iterator[Expectation]]]] = {
    "integer": ranges.of_numbers,
    "float": ranges.of_numbers,
    "time": ranges.of_times,
    "text": texts.rules,
    "boolean": sets.rules,
    "category": sets.rules,
}
SURE_ENOUGH: Final = 0.5


def suggest(
    frame: Any,  # noqa: ANN401 - any frame
    *,
    name: str = "suggested",
    columns: Hashable | Sequence[Hashable] | None = None,
    others: Sequence[Location] = (),
    min_confidence: float = SURE_ENOUGH,
) -> Suite:
    """Return the suite that the data of a frame suggests; parameters as in ``dk.suggest``.

    Parameters
    ----------
    others
        Tables to which columns may refer.

    Examples
    --------
    >>> suggest([{"sex": "fm"[n % 2], "age": n % 90} for n in range(900)])
    Suite 'suggested', 8 expectations
      table: columns_are(['sex', 'age'])
      table: row_count_between(1)
      sex: type('str')
      sex: not_null
      sex: in_set(['f', 'm'])
      age: type('int64')
      age: not_null
      age: between(0, 89)
    """
    check_confidence(min_confidence)
    data = frame if isinstance(frame, pd.DataFrame) else _as_pandas(frame)
    evidence = {"rows": len(data), "columns": data.shape[1], "min_confidence": min_confidence}
    suite = Suite(name, meta={"dkdata": {"suggested_from": evidence}})
    chosen = _columns(data, columns)
    about_table = _about_table(data) if columns is None else ()
    about_columns = (rule for column in chosen for rule in _about(column))
    found = [
        *about_table, *about_columns, *pairs.rules(chosen), *references.rules(chosen, others)
    ]  # fmt: skip
    kept = [rule for rule in found if confidence_of(rule) >= min_confidence]
    return suite.replaced(kept)


def check_confidence(given: object) -> None:
    """Raise if it is not a number from 0 to 1."""
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given <= 1:
        message = f"min_confidence={given!r} is not possible. Give a number from 0 to 1."
        raise UsageError(message)


def _as_pandas(frame: Any) -> pd.DataFrame:  # noqa: ANN401 - any frame
    """Return any frame as the pandas frame whose values rules are about."""
    made: pd.DataFrame = frames.from_arrow(frames.to_arrow(frame), "pandas")
    return made


def check_columns(
    wanted: Hashable | Sequence[Hashable] | None, labels: Sequence[Hashable]
) -> tuple[Hashable, ...]:
    """Return the labels that are wanted, each of which is there."""
    # A label of a frame may be a tuple, which is not several of them.
    asked = (wanted,) if isinstance(wanted, tuple) and wanted in labels else as_names(wanted)
    for label in asked:
        if label not in labels:
            raise ColumnNotFoundError(label, labels)
    return asked


def _columns(frame: pd.DataFrame, wanted: Hashable | Sequence[Hashable] | None) -> list[Column]:
    """Return the columns of a frame, or those that are wanted, in the order of the frame."""
    labels = list(frame.columns)
    asked = check_columns(wanted, labels)
    counted = Counter(labels)
    folded = Counter(str(label).casefold() for label in labels)
    chosen = []
    for place, label in enumerate(labels):
        if wanted is not None and label not in asked:
            continue
        if counted[label] > 1:
            message = (
                f"the frame has {counted[label]} columns named {label!r}."
                " Rename them, so that each rule is about one."
            )
            raise SchemaError(message)
        # Great Expectations confuses columns whose names differ by case or type alone, as SQL does,
        # and refuses rules about one without a name.
        if label != "" and folded[str(label).casefold()] == 1:
            chosen.append(Column(label, frame.iloc[:, place]))
    return chosen


def _about_table(frame: pd.DataFrame) -> Iterator[Expectation]:
    """Yield which columns there are, and that there are rows."""
    labels = list(frame.columns)
    if labels and all(isinstance(label, str) for label in labels):
        reason = f"The columns of the frame, {len(labels):,} in all."
        yield because(expect_table().columns_are(labels), reason, 1.0, columns=len(labels))
    if len(frame):
        rule = expect_table().row_count_between(1)
        reason = "The frame has rows; one frame does not say how many there may be."
        yield because(rule, reason, 1.0, rows=len(frame))


def _about(column: Column) -> Iterator[Expectation]:
    """Yield the rules about one column, what it is before what it holds."""
    yield from presence.rules(column)
    if column.present and column.kind in _BY_KIND:
        yield from _BY_KIND[column.kind](column)
