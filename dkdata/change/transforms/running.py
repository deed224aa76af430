"""A transformation of the rows of one schema, block by block."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dkdata import engine
from dkdata.change.transforms.steps import Compute
from dkdata.change.transforms.stepwise import (
    Numbered,
    executed,
    opened,
    typed_by,
    walked,
    with_numbers,
)
from dkdata.errors import BadValueError, DkError, SchemaError
from dkdata.frames.reasoned import LISTS, reasoned_rows
from dkdata.physical import convert_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from dkdata.change.transforms.steps import Step
    from dkdata.change.transforms.transform import Transform
    from dkdata.dialects.stages import Stage, Typed

_FUNCTION: Final = "Let the function return a Series of one dtype"


@dataclass(frozen=True)
class Block:
    """What became of a block of rows.

    Parameters
    ----------
    rows
        The rows after all steps.
    rejected
        Rows that were given, with why they are not among ``rows``, in ``_dk_reasons``.
    numbers
        For each of ``rows``, which of the rows that were given it comes from.
    failures
        How many values each step could not take, by the number of the step, from 0; with
        ``on_error="null"`` SQL expressions are not counted.
    """

    rows: pa.Table
    rejected: pa.Table
    numbers: pa.Array
    failures: Mapping[int, int]

    @property
    def kept(self) -> int:
        """Of how many rows that were given there is something among ``rows``."""
        return len(self.numbers.unique())


@dataclass(frozen=True)
class _Bad:
    """A row of the source that a step has no value for."""

    row: int
    step: int
    reason: str
    refuses: bool


@dataclass
class Running:
    """A transformation on its way through the rows of one schema; they come in blocks, in order.

    What a function of Python returns for the first block is the type of its column for all.
    """

    transform: Transform
    schema: pa.Schema
    seen: int = 0
    _made: pa.Schema | None = field(default=None, repr=False)
    _failures: Counter[int] = field(default_factory=Counter, repr=False)

    def block(self, rows: pa.Table) -> Block:
        """Return what becomes of the next rows.

        Raises
        ------
        SchemaError
            The steps do not fit the columns, or a value is bad and errors are to be raised.
        """
        connection = engine.connection()
        given, bad = Numbered.of(rows), list[_Bad]()
        steps = self.transform.steps
        at = 0
        while at < len(steps):
            at, given = self._some(connection, at, given, bad)
        self._refuse(bad)
        if bad:
            gone = pa.array(sorted({one.row for one in bad}), pa.int64())
            given = given.only(pc.invert(pc.is_in(given.numbers, value_set=gone)))
        made = self._alike(given.rows)
        self.seen += rows.num_rows
        failures, self._failures = self._failures, Counter()
        return Block(made, self._rejected(rows, bad), given.numbers, failures)

    def _some(
        self, connection: duckdb.DuckDBPyConnection, at: int, given: Numbered, bad: list[_Bad]
    ) -> tuple[int, Numbered]:
        """Return the rows after as many steps as one SELECT has, and the step that comes next."""
        with self._joined(connection, at, given) as (stage, end):
            if end > at:
                with self._noted(at, end):
                    made, care = executed(connection, stage)
                if not pc.any(care).as_py():
                    return end, made
        end = max(end, at + 1)
        for number in range(at, end):
            given = self._walk(connection, number, given, bad)
        return end, given

    @contextmanager
    def _joined(
        self, connection: duckdb.DuckDBPyConnection, at: int, given: Numbered
    ) -> Iterator[tuple[Stage, int]]:
        """Give rows after as many steps as one SELECT has, and the step that comes next."""
        steps, end = self.transform.steps, at
        with engine.register(connection, with_numbers(given)) as source:
            stage, typed = opened(source, given.rows), typed_by(connection)
            while end < len(steps) and (after := self._stage(stage, steps[end], end, typed)):
                stage, end = after, end + 1
            yield stage, end

    def explained(self, rows: pa.Table) -> str:
        """Return what answers each step, by steps that are answered together."""
        connection, lines = engine.connection(), list[str]()
        given, steps, at = Numbered.of(rows), self.transform.steps, 0
        while at < len(steps):
            with self._joined(connection, at, given) as (stage, end):
                lines += [f"{n + 1}. {steps[n]}: DuckDB" for n in range(at, end)]
                lines += [f"   {stage.query.sql}"] if end > at else []
            at, given = self._some(connection, at, given, [])
            lines += [] if end > at - 1 else [f"{at}. {steps[at - 1]}: Python"]
        return "\n".join(lines)

    def _stage(self, before: Stage, step: Step, number: int, typed: Typed) -> Stage | None:
        """Return the rows after a step, or ``None`` where SQL does not make them."""
        with self._noted(number, number + 1):
            if isinstance(step, Compute):
                return step.stage(before, typed, cares=self._policy(step) != "null")
            return step.stage(before, typed)

    @contextmanager
    def _noted(self, first: int, end: int) -> Iterator[None]:
        """Tell in errors which steps they are of."""
        try:
            yield
        except DkError as error:
            is_one = end == first + 1
            told = f" {end} of the transformation: {self.transform.steps[first]}"
            error.add_note(f"in step{told}" if is_one else f"in steps {first + 1} to {end}")
            raise

    def _policy(self, step: Step) -> str:
        own = step.on_error if isinstance(step, Compute) else None
        return own or self.transform.on_error

    def _walk(
        self,
        connection: duckdb.DuckDBPyConnection,
        number: int,
        given: Numbered,
        bad: list[_Bad],
    ) -> Numbered:
        """Return the rows after one step, without those that it has no value for."""
        step = self.transform.steps[number]
        policy = self._policy(step)
        made, failed = walked(connection, step, given, nulls=policy == "null")
        self._failures[number] += len(failed.positions)
        if policy == "null" or not failed.positions:
            return made
        rows = given.numbers.take(pa.array(failed.positions, pa.int64())).to_pylist()
        bad += [
            _Bad(row, number, reason, policy == "raise")
            for row, reason in zip(rows, failed.reasons, strict=True)
        ]
        mask = np.ones(made.rows.num_rows, bool)
        mask[failed.positions] = False
        return made.only(pa.array(mask))

    def _refuse(self, bad: list[_Bad]) -> None:
        """Raise for the first row that is bad, if that is what is wanted."""
        refused = [one for one in bad if one.refuses]
        if not refused:
            return
        first = min(refused, key=lambda one: (one.row, one.step))
        others = len({one.row for one in refused}) - 1
        told = str(self.transform.steps[first.step])
        raise BadValueError(self.seen + first.row, first.step, told, first.reason, others)

    def _rejected(self, rows: pa.Table, bad: list[_Bad]) -> pa.Table:
        """Return the rows that were rejected, with the reasons."""
        reasons: dict[int, list[str]] = {}
        for one in bad:
            told = f"step {one.step + 1} ({self.transform.steps[one.step]}): {one.reason}"
            reasons.setdefault(one.row, []).append(told)
        places = sorted(reasons)
        chosen = rows.take(pa.array(places, pa.int64()))
        return reasoned_rows(chosen, pa.array([reasons[row] for row in places], LISTS))

    def _alike(self, rows: pa.Table) -> pa.Table:
        """Return rows in the schema of those of the first block."""
        if self._made is None:
            self._made = rows.schema
        if rows.schema == self._made:
            return rows
        for own, first in zip(rows.schema, self._made, strict=True):
            if own.type != first.type and not pa.types.is_null(own.type):
                message = (
                    f"column {first.name!r} was {first.type} in the first rows and is {own.type}"
                    f" from row {self.seen:,} on. {_FUNCTION}."
                )
                raise SchemaError(message)
        made = convert_rows(rows, self._made)
        assert isinstance(made, pa.Table)  # noqa: S101 - of a table
        return made
