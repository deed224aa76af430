"""The comparison of two schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.change.column_changes import column_changes
from dkdata.change.comparison import Comparison
from dkdata.change.pairing import paired
from dkdata.change.rule_changes import rule_changes
from dkdata.change.side import side_of
from dkdata.change.steps import steps_of
from dkdata.change.targets import TARGETS, checked_targets, targets_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def compare(
    left: Any,  # noqa: ANN401 - as ``side_of``
    right: Any,  # noqa: ANN401 - as ``side_of``
    *,
    targets: Iterable[str] = TARGETS,
    renamed: Mapping[Any, Any] | None = None,
    alike: Mapping[Any, Any] | None = None,
) -> Comparison:
    """Return what differs between two schemas, and which side can read the rows of the other.

    Backward compatible means that rows of ``left`` can be stored in a table of ``right`` and meet
    it there: columns that ``right`` lacks are left out, those that are missing are filled with
    their defaults (in a table without a schema, with null), and whole numbers and decimals get the
    wider types of the table. Forward compatible is the same the other way. Rows of a side have its
    columns and no others. What cannot be proven counts as broken.

    Parameters
    ----------
    left, right
        As ``side_of`` takes them: schemas, suites, frames, tables; ``side_of(frame, suite)`` for a
        frame with rules.
    targets
        The backends of whose tables the comparison says how they get the columns of ``right``:
        ``duckdb postgres delta parquet``.
    renamed
        Columns of the left side that are known to be called otherwise on the right; others are
        guessed.
    alike
        Columns of the left side whose values are like those of another on the right: better guesses
        than those by names and places.

    Raises
    ------
    UsageError
        A side has neither columns nor rules, or a target is unknown.

    Examples
    --------
    >>> from dkdata import Field, Range, Schema
    >>> old = Schema("old", [Field("age", "integer", constraints=Range(0, 120))])
    >>> new = Schema("new", [Field("age", "integer", constraints=Range(0, 99))])
    >>> compare(old, new, targets=())
    Comparison of 'old' and 'new': forward
    rows of 'new' meet 'old', but not the other way: 1 of 1 changes break that.
      rule changed 'age': between(0, 120) -> between(0, 99) [breaks backward] - tighter: rows of
    'old' may break it
    """
    names = checked_targets(targets)
    one, other = side_of(left), side_of(right)
    pairs = paired(one, other, renamed, alike)
    changes = (*column_changes(one, other, pairs), *rule_changes(one, other, pairs))
    return Comparison(
        one.name, other.name, changes, tuple(targets_of(pairs, names)), tuple(steps_of(pairs))
    )
