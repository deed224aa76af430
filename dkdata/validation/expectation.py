"""Expectation: one rule, as a plain value."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, check_choice, did_you_mean, listing, shortened
from dkdata.validation.catalogue import BY_TYPE, REQUIRED
from dkdata.validation.plain import plain

if TYPE_CHECKING:
    from dkdata.validation.catalogue import Entry

SEVERITIES: Final = ("critical", "warning", "info")
_SHOWN: Final = 60
_UNSHOWN: Final = ("column", "condition_parser", "batch_id")
_DOMAIN: Final = ("column", "column_A", "column_B", "column_list")


@dataclass(frozen=True)
class Expectation:
    """One rule: its type in Great Expectations and its parameters. Immutable.

    Parameters
    ----------
    type
        ``expect_column_values_to_not_be_null`` …; one that is not of the core is looked up in
        Great Expectations when it is evaluated.
    kwargs
        Its parameters. Tuples, sets and arrays in them become lists.
    severity
        ``"critical"``, ``"warning"`` or ``"info"``: what its failure means.

    Raises
    ------
    UsageError
        A parameter has no such name or is missing, or the severity is unknown.

    Examples
    --------
    >>> rule = Expectation("expect_column_values_to_be_between", {"column": "age", "min_value": 0})
    >>> str(rule)
    'age: between(0)'
    """

    type: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] | None = None
    severity: str = "critical"
    notes: str | tuple[str, ...] | None = None
    description: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        kept = {str(name): _kept_as(name, value) for name, value in dict(self.kwargs).items()}
        _check_names(self.type, kept)
        check_choice("severity", self.severity, SEVERITIES)
        put = object.__setattr__
        put(self, "kwargs", MappingProxyType(kept))
        put(self, "meta", MappingProxyType(copy.deepcopy(dict(self.meta))) if self.meta else None)
        put(self, "notes", tuple(self.notes) if isinstance(self.notes, list) else self.notes)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by the arguments, since views of mappings cannot be."""
        meta = None if self.meta is None else dict(self.meta)
        rest = (self.severity, self.notes, self.description, self.id)
        return Expectation, (self.type, dict(self.kwargs), meta, *rest)

    __hash__ = None  # type: ignore[assignment]  # parameters hold lists

    @property
    def entry(self) -> Entry | None:
        """What the catalogue says about the type, ``None`` for a custom one."""
        return BY_TYPE.get(self.type)

    @property
    def columns(self) -> tuple[Any, ...]:
        """The columns whose values it is about."""
        entry = self.entry
        names = _DOMAIN if entry is None else entry.domain
        given = [self.kwargs[name] for name in names if name in self.kwargs]
        return tuple(
            name for item in given for name in (item if isinstance(item, list) else [item])
        )

    @property
    def rule(self) -> str:
        """The rule in short, as its builder method: ``between(0, 120, mostly=0.9)``."""
        entry = self.entry
        if entry is not None and entry.text is not None:
            return entry.text(self.kwargs)
        own = () if entry is None else tuple(name for name in entry.own if name != "column")
        known = () if entry is None else tuple(entry.parameters)
        shown, is_plain = [], True
        hidden = {*_UNSHOWN, *(_DOMAIN if entry is None else entry.domain)}
        for position, name in enumerate(_sorted(self.kwargs, known, hidden)):
            value = plain(self.kwargs[name])
            text = shortened(value, _SHOWN)
            is_plain &= own[position : position + 1] == (name,) and not isinstance(value, bool)
            shown.append(text if is_plain else f"{name}={text}")
        method = self.type if entry is None else entry.method
        return f"{method}({', '.join(shown)})" if shown else method

    @property
    def place(self) -> str:
        """The columns it is about, as text; ``table`` where there are none."""
        names = self.columns or ((self.kwargs["column"],) if "column" in self.kwargs else ())
        return ", ".join(map(str, names)) or "table"

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as Great Expectations 1.x writes it in JSON.

        Examples
        --------
        >>> Expectation("expect_column_values_to_not_be_null", {"column": "a"}).to_dict()["kwargs"]
        {'column': 'a'}
        """
        made = {
            "type": self.type,
            "kwargs": plain(self.kwargs),
            "meta": plain(self.meta or {}),
            "severity": self.severity,
        }
        notes = list(self.notes) if isinstance(self.notes, tuple) else self.notes
        rest = {"id": self.id, "notes": notes, "description": self.description}
        return made | {name: value for name, value in rest.items() if value is not None}


def _sorted(kwargs: Mapping[str, Any], known: tuple[str, ...], hidden: set[str]) -> list[str]:
    """Return the names of the parameters to show, those of the catalogue in its order."""
    others = [name for name in kwargs if name not in known]
    ordered = [*(name for name in known if name in kwargs), *others]
    return [name for name in ordered if name not in hidden]


def _kept_as(name: str, value: Any) -> Any:  # noqa: ANN401 - any parameter
    """Return a copy of a parameter; labels stay as they are, tuples among them."""
    match name:
        case "column" | "column_A" | "column_B":
            return value
        case "column_list" if not isinstance(value, (str, Mapping)):
            return list(value)
    return _kept(value)


def _kept(value: Any) -> Any:  # noqa: ANN401 - any parameter
    """Return a copy of a parameter, with every kind of collection as a list."""
    match value:
        case Mapping():
            return {name: _kept(item) for name, item in value.items()}
        case list() | tuple() | range():
            return [_kept(item) for item in value]
        case set() | frozenset():
            return _kept(_ordered(value))
    for method in ("dict", "tolist", "to_list"):
        # Conditions of Great Expectations; arrays, series and scalars; series of polars.
        if hasattr(value, method):
            return _kept(getattr(value, method)())
    return value


def _ordered(values: set[Any] | frozenset[Any]) -> list[Any]:
    """Return a set's values in an order that does not depend on their hashes."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda value: (type(value).__name__, repr(value)))


def _check_names(expectation_type: str, kwargs: Mapping[str, Any]) -> None:
    """Raise if the catalogue knows the type and the parameters are not its own."""
    if not isinstance(expectation_type, str):
        message = f"{shortened(expectation_type)} is not the name of an expectation."
        raise UsageError(message)
    entry = BY_TYPE.get(expectation_type)
    if entry is None:
        return
    for name in kwargs:
        if name not in entry.accepted:
            known = tuple(entry.parameters)
            message = (
                f"{expectation_type} has no parameter {name!r}.{did_you_mean(name, known)}"
                f" There are: {listing(known)}."
            )
            raise UsageError(message)
    for name, default in entry.parameters.items():
        if default is REQUIRED and name not in kwargs:
            message = f"{expectation_type} needs the parameter {name!r}."
            raise UsageError(message)
