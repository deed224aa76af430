"""Queries as plain JSON values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from dkdata.errors import UsageError, did_you_mean, listing, shortened
from dkdata.predicate import Predicate
from dkdata.query import Aggregate, Measure, Query, Sort

_PARTS = tuple(field.name for field in fields(Query))


def to_dict(query: Query) -> dict[str, Any]:
    """Return a query; see ``Query.to_dict``."""
    told = {name: getattr(query, name) for name in _PARTS}
    return {name: _packed(value) for name, value in told.items() if value != getattr(Query, name)}


def _packed(value: Any) -> Any:  # noqa: ANN401 - JSON
    match value:
        case Predicate():
            return value.to_dict()
        case Aggregate() | Measure() | Sort():
            return {name: _packed(part) for name, part in _shallow(value).items()}
        case tuple():
            return [_packed(part) for part in value]
        case None | bool() | int() | float() | str():
            return value
    message = f"{shortened(value)} cannot be written as JSON. Name columns by texts."
    raise UsageError(message)


def _shallow(value: Aggregate | Measure | Sort) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def from_dict(data: Any) -> Query:  # noqa: ANN401 - JSON
    """Return a query; see ``Query.from_dict``."""
    if not isinstance(data, Mapping):
        message = f"{shortened(data)} is no query. Give what Query.to_dict() returned."
        raise UsageError(message)
    for name in data:
        if name not in _PARTS:
            meant = did_you_mean(name, _PARTS)
            message = f"a query has no {name!r}.{meant} There are: {listing(_PARTS)}."
            raise UsageError(message)
    try:
        return Query(**{name: _unpacked(name, value) for name, value in data.items()})
    except (TypeError, KeyError, AttributeError) as error:
        message = f"not a query: {shortened(data)}: {error}. Give what Query.to_dict() returned."
        raise UsageError(message) from error


def _unpacked(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if value is None:
        return None
    match name:
        case "where":
            return Predicate.from_dict(value)
        case "columns":
            return tuple(value)
        case "order_by":
            return tuple(Sort(**key) if isinstance(key, Mapping) else key for key in value)
        case "aggregate":
            measures = tuple(Measure(**one) for one in value.get("measures", ()))
            return Aggregate(tuple(value.get("by", ())), measures)
    return value
