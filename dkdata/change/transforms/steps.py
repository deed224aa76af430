"""The steps of a transformation: plain values, and the stage that each makes of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from dkdata.change.transforms.functions import BUILT_IN, Conversion, Emptied
from dkdata.dialects.stages import computed
from dkdata.errors import SchemaError, shortened
from dkdata.frames import envelope
from dkdata.frames.reshaping import Column as Shaped

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from dkdata.dialects.stages import Stage, Typed
    from dkdata.predicate import Predicate


def hidden(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments as they are shown: a salt is a secret.

    Examples
    --------
    >>> hidden({"salt": "x", "algorithm": "md5"})
    {'salt': '***', 'algorithm': 'md5'}
    """
    return {name: "***" if name == "salt" else value for name, value in arguments.items()}


@dataclass(frozen=True)
class Call:
    """A built-in function with its arguments."""

    name: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        shown = hidden(self.arguments)
        told = ", ".join(f"{name}={shortened(value, 30)}" for name, value in shown.items())
        return f"{self.name}({told})" if told else self.name

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: not what was made of it."""
        return {"name": self.name, "arguments": self.arguments}

    @cached_property
    def made(self) -> Any:  # noqa: ANN401 - Conversion or Values
        """What makes its values."""
        return BUILT_IN[self.name](**self.arguments)


@dataclass(frozen=True)
class Expression:
    """An SQL expression over the columns of a row."""

    sql: str

    def __str__(self) -> str:
        return f"SQL {self.sql!r}"


@dataclass(frozen=True)
class Python:
    """A function of Python.

    Parameters
    ----------
    name
        By which ``register_coercion`` knows it; without one it cannot be written down.
    """

    function: Callable[[Any], Any]
    name: str | None = None

    def __str__(self) -> str:
        return self.name or str(getattr(self.function, "__name__", self.function))


By: TypeAlias = Call | Expression | Python | Emptied


@dataclass(frozen=True)
class Rename:
    """Columns get other names, all at once, so that two may change theirs."""

    names: Mapping[Hashable, str]

    def __str__(self) -> str:
        return "rename " + ", ".join(f"{old!r} to {new!r}" for old, new in self.names.items())

    def stage(self, before: Stage, _typed: Typed) -> Stage:
        """Return the rows after the step."""
        wanted = envelope.resolved(self.names, before.schema, "rename")
        new = dict(zip(wanted, self.names.values(), strict=True))
        others = [one for one in before.columns if one.name not in new]
        taken = [one.name for one in others]
        for old, name in new.items():
            if name in taken or name in [str(one.descriptor.shown) for one in others]:
                message = (
                    f"{old!r} cannot be renamed to {name!r}: there is such a column. Drop it, or"
                    " rename it in the same step."
                )
                raise SchemaError(message)
        columns = []
        for one in before.columns:
            made = one.renamed(new[one.name], taken) if one.name in new else one
            taken += [made.name] if one.name in new else []
            columns.append(made)
        return before.shaped(columns)


@dataclass(frozen=True)
class Drop:
    """Columns go."""

    columns: tuple[Hashable, ...]

    def __str__(self) -> str:
        return "drop " + ", ".join(map(repr, self.columns))

    def stage(self, before: Stage, _typed: Typed) -> Stage:
        """Return the rows after the step."""
        gone = envelope.resolved(self.columns, before.schema, "drop")
        kept = [one for one in before.columns if one.name not in gone]
        if not kept:
            message = f"{self}: no column is left. Leave out the step."
            raise SchemaError(message)
        return before.shaped(kept)


@dataclass(frozen=True)
class Select:
    """Columns stay, in an order; with ``others``, the rest comes after them."""

    columns: tuple[Hashable, ...]
    others: bool = False

    def __str__(self) -> str:
        verb = "reorder" if self.others else "select"
        return f"{verb} " + ", ".join(map(repr, self.columns))

    def stage(self, before: Stage, _typed: Typed) -> Stage:
        """Return the rows after the step."""
        argument = "reorder" if self.others else "select"
        first = envelope.resolved(self.columns, before.schema, argument)
        of_index = envelope.index_names(before.schema)
        columns = {one.name: one for one in before.columns}
        rest = [n for n in columns if n not in first and (self.others or n in of_index)]
        return before.shaped([columns[name] for name in (*first, *rest)])


@dataclass(frozen=True)
class Filter:
    """The rows stay for which a condition is true."""

    where: Predicate

    def __str__(self) -> str:
        return f"filter {self.where}"

    def stage(self, before: Stage, _typed: Typed) -> Stage:
        """Return the rows after the step."""
        return before.filtered(self.where)


@dataclass(frozen=True)
class Explode:
    """Each item of a list gets a row of its own."""

    column: Hashable

    def __str__(self) -> str:
        return f"explode {self.column!r}"

    def stage(self, before: Stage, _typed: Typed) -> Stage:
        """Return the rows after the step."""
        (name,) = envelope.resolved([self.column], before.schema, "explode")
        return before.exploded(name)


@dataclass(frozen=True)
class Flatten:
    """Structures become columns of their fields, named by path; without names, all of them."""

    columns: tuple[Hashable, ...] = ()

    def __str__(self) -> str:
        return "flatten" + "".join(f" {one!r}" for one in self.columns)

    def stage(self, before: Stage, _typed: Typed) -> Stage:
        """Return the rows after the step."""
        names = envelope.resolved(self.columns, before.schema, "flatten")
        return before.flattened(names or before.schema.names, is_asked=bool(names))


@dataclass(frozen=True)
class Compute:
    """A column gets other values (``map``), or a new one is made (``add``).

    Parameters
    ----------
    is_new
        Whether the column is added: a function then gets the frame, otherwise the column.
    on_error
        What becomes of values that it cannot make; that of the transformation if ``None``.
    """

    column: Hashable
    by: By
    is_new: bool = False
    on_error: str | None = None

    def __str__(self) -> str:
        return f"{'add' if self.is_new else 'map'} {self.column!r} by {self.by}"

    def stage(self, before: Stage, typed: Typed, *, cares: bool = True) -> Stage | None:
        """Return the rows after the step, or ``None`` where SQL does not make the values."""
        column = self.shaped(before)
        match self.by:
            case Expression(sql):
                return before.tried(column, computed(before, sql, typed), cares=cares)
            case Emptied():
                return before.given(column, self.by.made(before.held(column.name)))
            case Call():
                made = self.by.made.made(before.held(column.name))
                return None if made is None else before.given(column, made)
        return None

    def shaped(self, before: Stage) -> Shaped:
        """Return the column that gets the values."""
        if not self.is_new:
            (name,) = envelope.resolved([self.column], before.schema, "map")
            return next(one for one in before.columns if one.name == name)
        label = str(self.column)
        names = [one.name for one in before.columns]
        if label in names or label in [str(one.descriptor.shown) for one in before.columns]:
            message = f"add({label!r}): there is such a column. Use map to change it."
            raise SchemaError(message)
        return Shaped.new("", before.schema.field(0).type).renamed(label, names)


Step: TypeAlias = Rename | Drop | Select | Filter | Explode | Flatten | Compute


def conversion_of(step: Step) -> Conversion | None:
    """Return the conversion that a step is, if it is one."""
    if isinstance(step, Compute) and isinstance(step.by, Call):
        made = step.by.made
        return made if isinstance(made, Conversion) else None
    return None
