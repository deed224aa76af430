"""Which rows to keep: predicates as plain values, and ``col`` to write them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from dkdata.errors import UsageError, shortened
from dkdata.values import Ref, Value, normal

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Closed = Literal["both", "left", "right", "neither"]
Place = Literal["starts_with", "ends_with", "contains"]

MIRRORED: dict[Operator, Operator] = {
    "==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<=",
}  # fmt: skip
_ENDS: dict[Closed, tuple[Operator, Operator]] = {
    "both": (">=", "<="), "left": (">=", "<"), "right": (">", "<="), "neither": (">", "<"),
}  # fmt: skip


class Predicate:
    """A condition on a row: true, false or unknown (null); only true keeps the row.

    Predicates are values: combine them with ``&``, ``|`` and ``~``, compare and hash them.

    Examples
    --------
    >>> (col("age") >= 18) & ~col("city").is_in(["Oslo", "Rome"])
    (col('age') >= 18) & ~col('city').is_in(['Oslo', 'Rome'])
    """

    def __and__(self, other: Predicate | Column) -> Predicate:
        """Return the condition that both are true."""
        return And(_parts(And, self) + _parts(And, as_predicate(other)))

    def __or__(self, other: Predicate | Column) -> Predicate:
        """Return the condition that at least one is true."""
        return Or(_parts(Or, self) + _parts(Or, as_predicate(other)))

    def __invert__(self) -> Predicate:
        """Return the opposite; unknown stays unknown."""
        return self.part if isinstance(self, Not) else Not(self)

    def __bool__(self) -> bool:
        """Refuse: a predicate is true of a row, not by itself."""
        message = (
            f"{self!r} is true or false of a row, not by itself. Combine predicates with & | ~ (not"
            " with and, or, not), each in parentheses, and write between() for a < x < b."
        )
        raise UsageError(message)

    def to_dict(self) -> dict[str, Any]:
        """Return the predicate as plain JSON values.

        Examples
        --------
        >>> (col("age") >= 18).to_dict()
        {'compare': {'column': 'age', 'op': '>=', 'value': 18}}
        """
        from dkdata.predicate.documents import to_dict  # noqa: PLC0415 - it imports this module

        return to_dict(self)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Predicate:
        """Return the predicate that ``to_dict`` wrote.

        Examples
        --------
        >>> Predicate.from_dict((col("age") >= 18).to_dict())
        col('age') >= 18
        """
        from dkdata.predicate.documents import from_dict  # noqa: PLC0415 - it imports this module

        return from_dict(data)


@dataclass(frozen=True, repr=False)
class Compare(Predicate):
    """A column against a value or, as ``Ref``, another column."""

    column: str
    op: Operator
    value: Value

    def __repr__(self) -> str:
        return f"col({self.column!r}) {self.op} {self.value!r}"


@dataclass(frozen=True, repr=False)
class IsIn(Predicate):
    """A column is equal to one of some values; a null among them makes the rest unknown."""

    column: str
    values: tuple[Value, ...]

    def __repr__(self) -> str:
        return f"col({self.column!r}).is_in({list(self.values)!r})"


@dataclass(frozen=True, repr=False)
class Between(Predicate):
    """A column lies between two values; ``closed`` says which ends are inside."""

    column: str
    low: Value
    high: Value
    closed: Closed = "both"

    def __repr__(self) -> str:
        closed = "" if self.closed == "both" else f", closed={self.closed!r}"
        return f"col({self.column!r}).between({self.low!r}, {self.high!r}{closed})"

    def expanded(self) -> And:
        """Return the two comparisons that this stands for."""
        above, below = _ENDS[self.closed]
        return And((Compare(self.column, above, self.low), Compare(self.column, below, self.high)))


@dataclass(frozen=True, repr=False)
class Like(Predicate):
    """A whole text has the form of a pattern with ``%`` (any text) and ``_`` (one character)."""

    column: str
    pattern: str
    insensitive: bool = False

    def __repr__(self) -> str:
        return f"col({self.column!r}).{'ilike' if self.insensitive else 'like'}({self.pattern!r})"


@dataclass(frozen=True, repr=False)
class TextMatch(Predicate):
    """A text starts with, ends with or contains another, literally."""

    column: str
    place: Place
    text: str

    def __repr__(self) -> str:
        return f"col({self.column!r}).{self.place}({self.text!r})"


@dataclass(frozen=True, repr=False)
class Regex(Predicate):
    """A regular expression (RE2) is found somewhere in a text."""

    column: str
    pattern: str

    def __repr__(self) -> str:
        return f"col({self.column!r}).regex({self.pattern!r})"


@dataclass(frozen=True, repr=False)
class IsNull(Predicate):
    """A column is null or, in documents, missing."""

    column: str

    def __repr__(self) -> str:
        return f"col({self.column!r}).is_null()"


@dataclass(frozen=True, repr=False)
class Flag(Predicate):
    """A boolean column is true."""

    column: str

    def __repr__(self) -> str:
        return f"col({self.column!r})"


@dataclass(frozen=True, repr=False)
class Constant(Predicate):
    """True, false or unknown (``None``) of every row."""

    value: bool | None

    def __repr__(self) -> str:
        return f"Constant({self.value!r})"


@dataclass(frozen=True, repr=False)
class Sql(Predicate):
    """A checked boolean expression in DuckDB SQL that has no form of its own."""

    text: str
    columns: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"sql({self.text!r})"


@dataclass(frozen=True, repr=False)
class Not(Predicate):
    """The opposite of a predicate; unknown stays unknown."""

    part: Predicate

    def __repr__(self) -> str:
        if isinstance(self.part, IsNull):
            return f"col({self.part.column!r}).not_null()"
        return f"~{_wrapped(self.part)}"


@dataclass(frozen=True, repr=False)
class And(Predicate):
    """Every part is true."""

    parts: tuple[Predicate, ...]

    def __repr__(self) -> str:
        return " & ".join(map(_wrapped, self.parts)) or "Constant(True)"


@dataclass(frozen=True, repr=False)
class Or(Predicate):
    """At least one part is true."""

    parts: tuple[Predicate, ...]

    def __repr__(self) -> str:
        return " | ".join(map(_wrapped, self.parts)) or "Constant(False)"


def _wrapped(part: Predicate) -> str:
    return f"({part!r})" if isinstance(part, Compare | And | Or) else repr(part)


def _parts(kind: type[And | Or], predicate: Predicate) -> tuple[Predicate, ...]:
    return predicate.parts if isinstance(predicate, kind) else (predicate,)


class Column:
    """A column by name, to be compared; made by ``col``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"col({self.name!r})"

    def __hash__(self) -> int:
        """Hash by name."""
        return hash((Column, self.name))

    def __bool__(self) -> bool:
        """Refuse, as a predicate does."""
        return bool(Flag(self.name))

    def _compare(self, op: Operator, value: object) -> Predicate:
        remedy = {"==": "is_null()", "!=": "not_null()"}.get(op)
        if value is None and remedy:
            message = f"{self!r} {op} None keeps no row: null equals nothing. Use {remedy}."
            raise UsageError(message)
        return Compare(self.name, op, _operand(value))

    def __eq__(self, value: object) -> Predicate:  # type: ignore[override]
        """Return the condition that the column equals ``value``."""
        return self._compare("==", value)

    def __ne__(self, value: object) -> Predicate:  # type: ignore[override]
        """Return the condition that the column is another value, and not null."""
        return self._compare("!=", value)

    def __lt__(self, value: object) -> Predicate:
        """Return the condition that the column is less."""
        return self._compare("<", value)

    def __le__(self, value: object) -> Predicate:
        """Return the condition that the column is less or equal."""
        return self._compare("<=", value)

    def __gt__(self, value: object) -> Predicate:
        """Return the condition that the column is greater."""
        return self._compare(">", value)

    def __ge__(self, value: object) -> Predicate:
        """Return the condition that the column is greater or equal."""
        return self._compare(">=", value)

    def __and__(self, other: Predicate | Column) -> Predicate:
        """Return the condition that this boolean column and ``other`` are true."""
        return Flag(self.name) & other

    def __or__(self, other: Predicate | Column) -> Predicate:
        """Return the condition that this boolean column or ``other`` is true."""
        return Flag(self.name) | other

    def __rand__(self, value: object) -> NoReturn:
        """Refuse ``a > 3 & b < 2``, in which ``&`` comes before the comparisons."""
        message = f"{value!r} cannot be joined to {self!r}. Put each comparison in parentheses."
        raise UsageError(message)

    __ror__ = __rand__

    def __invert__(self) -> Predicate:
        """Return the condition that this boolean column is false."""
        return Not(Flag(self.name))

    def is_in(self, values: Iterable[object]) -> Predicate:
        """Return the condition that the column equals one of ``values``.

        No value: no row; its negation: every row that is not null. A null among the values
        matches nothing, and the negation then keeps no row.
        """
        if isinstance(values, str | bytes) or not isinstance(values, Iterable):
            message = f"is_in({values!r}) takes a list of values. Write is_in([{values!r}])."
            raise UsageError(message)
        return IsIn(self.name, tuple(normal(value) for value in values))

    def between(self, low: object, high: object, closed: Closed = "both") -> Predicate:
        """Return the condition that the column lies between two values."""
        if closed not in _ENDS:
            raise UsageError.choice("closed", closed, _ENDS)
        return Between(self.name, _operand(low), _operand(high), closed)

    def like(self, pattern: str) -> Predicate:
        """Return the condition that the whole text matches ``%`` and ``_``, with case."""
        return Like(self.name, _text("like", pattern))

    def ilike(self, pattern: str) -> Predicate:
        """Return the condition that the whole text matches ``%`` and ``_``, without case."""
        return Like(self.name, _text("ilike", pattern), insensitive=True)

    def starts_with(self, text: str) -> Predicate:
        """Return the condition that the text starts with ``text``, literally."""
        return TextMatch(self.name, "starts_with", _text("starts_with", text))

    def ends_with(self, text: str) -> Predicate:
        """Return the condition that the text ends with ``text``, literally."""
        return TextMatch(self.name, "ends_with", _text("ends_with", text))

    def contains(self, text: str) -> Predicate:
        """Return the condition that the text holds ``text``, literally."""
        return TextMatch(self.name, "contains", _text("contains", text))

    def regex(self, pattern: str) -> Predicate:
        """Return the condition that an RE2 expression is found in the text."""
        return Regex(self.name, _text("regex", pattern))

    def is_null(self) -> Predicate:
        """Return the condition that there is no value."""
        return IsNull(self.name)

    def not_null(self) -> Predicate:
        """Return the condition that there is a value."""
        return Not(IsNull(self.name))


def col(name: str) -> Column:
    """Return a column to be compared, by its name; ``"a.b"`` reaches into a structure.

    Examples
    --------
    >>> col("age").between(18, 65) | col("age").is_null()
    col('age').between(18, 65) | col('age').is_null()
    """
    return Column(str(name))


def _operand(value: object) -> Value:
    return Ref(value.name) if isinstance(value, Column) else normal(value)


def _text(method: str, value: object) -> str:
    if not isinstance(value, str):
        message = f"{method}({value!r}) takes text, not {type(value).__name__}."
        raise UsageError(message)
    return str(value)


def as_predicate(where: Predicate | Column | str) -> Predicate:
    """Return a predicate from any form that ``where=`` takes.

    Examples
    --------
    >>> as_predicate("age >= 18")
    col('age') >= 18
    """
    match where:
        case Predicate():
            return where
        case Column():
            return Flag(where.name)
        case str():
            from dkdata.predicate.text import parse_where  # noqa: PLC0415 - loads DuckDB

            return parse_where(where)
    message = f"where={shortened(where)} is not a condition. Give col('age') >= 18 or 'age >= 18'."
    raise UsageError(message)


def as_condition(where: Predicate | Column | str | None) -> Predicate | None:
    """Return a predicate from any form that ``where=`` takes; ``None`` is no condition."""
    return None if where is None else as_predicate(where)
