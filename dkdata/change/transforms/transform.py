"""Transform: steps that make other rows of rows, put together before any row is read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn

from dkdata.change.transforms import documents, whole
from dkdata.change.transforms.arguments import (
    ERRORS,
    OnError,
    check_name,
    chosen,
    expression_of,
    named,
    policy_of,
)
from dkdata.change.transforms.running import Running
from dkdata.change.transforms.steps import (
    Compute,
    Drop,
    Explode,
    Filter,
    Flatten,
    Python,
    Rename,
    Select,
)
from dkdata.errors import (
    SchemaError,
    UsageError,
    check_choice,
    no_attribute,
    shortened,
)
from dkdata.predicate import as_predicate

if TYPE_CHECKING:
    import os

    import pyarrow as pa

    from dkdata.change.transforms.steps import By, Step
    from dkdata.predicate import Column, Predicate

_ELSEWHERE: Final = {
    "where": "filter", "query": "filter", "assign": "add", "with_column": "add",
    "with_columns": "add", "mutate": "add", "apply": "map", "cast": "map", "astype": "map",
    "fillna": "map", "transform": "map", "remove": "drop", "keep": "select",
}  # fmt: skip


@dataclass(frozen=True)
class Transformed:
    """What a transformation made of a frame.

    Parameters
    ----------
    frame
        Of the kind that was given.
    rejected
        The rows, as they were given, that have a value which some step could not take, with why
        in ``_dk_reasons``; none unless ``on_error="reject"``.
    """

    frame: Any
    rejected: Any


@dataclass(frozen=True, repr=False)
class Transform:
    """Steps that make other rows of rows: of frames, batches of a stream, and records alike.

    Immutable: every method returns a new ``Transform`` with one step more. It is called like a
    function, ``transform(frame)``, and returns the kind of frame that it was given.

    Steps are answered by DuckDB, as many as possible at once; functions of Python by pandas.
    ``explain`` tells which. Columns that no step touches keep their exact dtype, and the index.

    Parameters
    ----------
    on_error
        What becomes of a value that a step cannot take. ``"raise"`` raises for the first row that
        has one, ``"null"`` puts null in its place, and ``"reject"`` leaves out the row.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"first": ["Ada", "Bob"], "age": ["36", "17"]})
    >>> steps = Transform().map("age", "to_int").filter("age >= 18").add("name", "first || '!'")
    >>> steps(people)
      first  age  name
    0   Ada   36  Ada!
    """

    steps: tuple[Step, ...] = ()
    on_error: OnError = "raise"

    def __init__(self, *, on_error: OnError = "raise") -> None:
        check_choice("on_error", on_error, ERRORS)
        object.__setattr__(self, "steps", ())
        object.__setattr__(self, "on_error", on_error)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            """Refuse, naming the method that may have been meant."""
            error = no_attribute("a transformation", name, dir(type(self)), _ELSEWHERE)
            raise error

    def with_steps(self, *steps: Step) -> Transform:
        """Return the steps, and further ones after them."""
        made = Transform(on_error=self.on_error)
        object.__setattr__(made, "steps", (*self.steps, *steps))
        return made

    def rename(self, names: Mapping[Hashable, str]) -> Transform:
        """Give columns other names, all at once: ``{"a": "b", "b": "a"}`` is possible."""
        if not isinstance(names, Mapping) or not names:
            message = f"rename({shortened(names)}) is not possible. Give {{old name: new name}}."
            raise UsageError(message)
        for new in names.values():
            check_name(new)
        taken = list(names.values())
        if len(set(taken)) < len(taken):
            twice = next(new for new in taken if taken.count(new) > 1)
            message = f"rename would give two columns the name {twice!r}."
            raise UsageError(message)
        return self.with_steps(Rename(dict(names)))

    def drop(self, *columns: Hashable) -> Transform:
        """Leave out columns."""
        return self.with_steps(Drop(named("drop", columns)))

    def select(self, *columns: Hashable) -> Transform:
        """Keep those columns, in that order, and the index."""
        return self.with_steps(Select(named("select", columns)))

    def reorder(self, *columns: Hashable) -> Transform:
        """Put those columns first, in that order; the others follow."""
        return self.with_steps(Select(named("reorder", columns), others=True))

    def filter(self, where: Predicate | Column | str) -> Transform:
        """Keep the rows for which ``where`` is true, as ``load(…, where=)`` does."""
        return self.with_steps(Filter(as_predicate(where)))

    def explode(self, column: Hashable) -> Transform:
        """Give each item of a list a row of its own; an empty or absent list has one with null."""
        return self.with_steps(Explode(column))

    def flatten(self, *columns: Hashable) -> Transform:
        """Make columns of the fields of structures, named by path: ``home.city``.

        Parameters
        ----------
        *columns
            Those that are structures; by default all that there are.
        """
        return self.with_steps(Flatten(tuple(columns)))

    def map(
        self,
        column: Hashable | list[Hashable],
        by: str | Callable[[Any], Any],
        *args: Any,  # noqa: ANN401 - of the function
        on_error: OnError | None = None,
        **kwargs: Any,  # noqa: ANN401 - of the function
    ) -> Transform:
        """Give a column, or each of several, other values.

        Parameters
        ----------
        by
            The name of a built-in function, of one that ``register_coercion`` knows, an SQL
            expression over the columns of the row, or a function of Python: it gets the column as
            a pandas Series (of length 1 for a record) and returns one of the same length.
        *args, **kwargs
            Of a built-in function: ``map("name", "truncate", 20)``, or ``"truncate(20)"``.
        on_error
            What becomes of values that it cannot take, if not what the transformation says.

        Examples
        --------
        >>> import pandas as pd
        >>> codes = pd.DataFrame({"code": [" no ", "se"], "n": [1, 2]})
        >>> steps = Transform().map("code", "strip").map("code", "upper").map("n", "n * 2")
        >>> steps.map("code", lambda code: code + "!")(codes).to_dict("records")
        [{'code': 'NO!', 'n': 2}, {'code': 'SE!', 'n': 4}]
        """
        columns = column if isinstance(column, list) else [column]
        made = chosen(by, args, kwargs)
        return self.with_steps(
            *(Compute(one, made, on_error=policy_of(on_error)) for one in named("map", columns))
        )

    def add(
        self,
        column: str,
        by: str | Callable[[Any], Any],
        *,
        on_error: OnError | None = None,
    ) -> Transform:
        """Add a column, as the last one.

        Parameters
        ----------
        by
            An SQL expression over the columns of the row, or a function of Python: it gets the
            rows as a pandas frame and returns a Series of the same length.
        """
        check_name(column)
        made: By = Python(by) if callable(by) else expression_of(by)
        return self.with_steps(Compute(column, made, is_new=True, on_error=policy_of(on_error)))

    def __or__(self, other: Transform) -> Transform:
        """Return the steps of this, then those of the other, each as its own says of errors."""
        if not isinstance(other, Transform):
            return NotImplemented
        return self.with_steps(*other._bound(self.on_error))

    def _bound(self, policy: OnError) -> tuple[Step, ...]:
        """Return the steps, those without a policy of their own with that of this."""
        if self.on_error == policy:
            return self.steps
        return tuple(
            replace(step, on_error=step.on_error or self.on_error)
            if isinstance(step, Compute)
            else step
            for step in self.steps
        )

    def __call__(self, frame: Any) -> Any:  # noqa: ANN401 - any frame
        """Return what the steps make of a frame, a batch, a stream, a record or records.

        Parameters
        ----------
        frame
            Of any kind that ``save`` takes, a ``Table``, a mapping, a ``Record`` or a list of
            them; it is not changed. What is a stream stays one.

        Returns
        -------
        frame
            Of the same kind. Of one record, ``None`` where a filter leaves it out.

        Raises
        ------
        SchemaError
            A step does not fit the columns, or cannot take a value: the message says which row.
        ColumnNotFoundError
            A step names a column that is not there.
        """
        return whole.called(self, frame)

    def run(self, frame: Any) -> Transformed:  # noqa: ANN401 - any frame
        """Return what the steps make of a whole frame, and the rows that they rejected.

        Examples
        --------
        >>> import pandas as pd
        >>> steps = Transform(on_error="reject").map("age", "to_int")
        >>> made = steps.run(pd.DataFrame({"age": ["36", "old"]}))
        >>> len(made.frame), made.rejected["age"].tolist()
        (1, ['old'])
        """
        return whole.run(self, frame)

    def on(self, schema: pa.Schema) -> Running:
        """Return what transforms canonical rows of a schema, block by block.

        Raises
        ------
        SchemaError
            A column has a name that the steps themselves need.
        """
        if own := [name for name in schema.names if name.casefold().startswith("__dk_")]:
            message = f"column {own[0]!r} has a name that is dkdata's own. Rename it first."
            raise SchemaError(message)
        return Running(self, schema)

    @property
    def keeps_rows(self) -> bool:
        """Whether of each row one is made."""
        return not any(isinstance(step, (Explode, Filter)) for step in self.steps)

    @property
    def keeps_number(self) -> bool:
        """Whether of each row one is made at most."""
        return not any(isinstance(step, Explode) for step in self.steps)

    @property
    def has_python(self) -> bool:
        """Whether a step is a function of Python."""
        return any(isinstance(one, Compute) and isinstance(one.by, Python) for one in self.steps)

    def explain(self, frame: Any) -> str:  # noqa: ANN401 - any frame
        """Return what answers each step on a frame: DuckDB with its SELECT, or Python.

        Examples
        --------
        >>> import pandas as pd
        >>> print(Transform().map("a", lambda a: a + 1).explain(pd.DataFrame({"a": [1]})))
        1. map 'a' by <lambda>: Python
        """
        return whole.explained(self, frame)

    def to_dict(self) -> dict[str, Any]:
        """Return the steps in the plain types of JSON.

        Raises
        ------
        UsageError
            A step is a function of Python that ``register_coercion`` does not know.

        Examples
        --------
        >>> Transform().map("age", "to_int").to_dict()
        {'version': 1, 'on_error': 'raise', 'steps': [{'map': 'age', 'by': 'to_int'}]}
        """
        return documents.to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | list[Any]) -> Transform:
        """Return the steps that ``to_dict`` wrote, or a list of them.

        Examples
        --------
        >>> Transform.from_dict({"steps": [{"drop": ["a"]}, {"filter": "b > 1"}]})
        Transform().drop('a').filter(col('b') > 1)
        """
        return documents.from_dict(data)

    @classmethod
    def of(cls, given: Any) -> Transform:  # noqa: ANN401 - many forms
        """Return a transformation from any form: itself, what ``to_dict`` wrote, a path of that.

        Also the name of one in the configuration.
        """
        return documents.of(given)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the steps to a file: JSON, or YAML by its suffix."""
        documents.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Transform:
        """Read the steps that ``save`` wrote."""
        return documents.load(path)

    def __repr__(self) -> str:
        policy = "" if self.on_error == "raise" else f"on_error={self.on_error!r}"
        return f"Transform({policy})" + "".join(
            f".{documents.written(step)}" for step in self.steps
        )
