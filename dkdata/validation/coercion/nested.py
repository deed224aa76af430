"""Arrow's lists, structs and maps: every item converted by the rules of its own type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from pyarrow import types as is_type

from dkdata.validation.coercion.documents import items, parse
from dkdata.validation.coercion.refusal import RefusalError, filled
from dkdata.validation.coercion.target import OBJECT, Target, finishing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from dkdata.validation.coercion.notation import Notation


def nested(data_type: Any, target_of: Callable[[pa.DataType], Target]) -> Target:  # noqa: ANN401
    """Return the target of a list, struct or map type.

    Parameters
    ----------
    data_type
        The Arrow type.
    target_of
        Gives the targets of the types in it.
    """
    if is_type.is_struct(data_type):
        one = _struct({field.name: target_of(field.type) for field in data_type})
    elif is_type.is_map(data_type):
        one = _map(target_of(data_type.key_type), target_of(data_type.item_type))
    else:
        size = data_type.list_size if is_type.is_fixed_size_list(data_type) else None
        one = _list(target_of(data_type.value_type), size)
    return Target(dtype=OBJECT, one=one, finish=finishing(data_type), kept=pd.ArrowDtype(data_type))


def _item(target: Target, value: Any, notation: Notation, place: object) -> Any:  # noqa: ANN401
    if value is None:
        return None
    try:
        return target.one(value, notation)
    except RefusalError as refusal:
        message = f"{place}: {refusal}"
        raise RefusalError(message) from refusal


def _list(item: Target, size: int | None) -> Callable[[Any, Notation], Any]:
    def one(value: Any, notation: Notation) -> list[Any]:  # noqa: ANN401 - any value
        found = items(value, notation)
        if size is not None and len(found) != size:
            message = f"{len(found):,} items, not {size:,}"
            raise RefusalError(message)
        return [_item(item, each, notation, f"item {n}") for n, each in enumerate(found)]

    return one


def _mapping(value: Any) -> Mapping[Any, Any]:  # noqa: ANN401 - any value
    found = parse(filled(value)) if isinstance(value, str) else value
    if not isinstance(found, dict):
        message = "not a mapping"
        raise RefusalError(message)
    return found


def _struct(fields: Mapping[str, Target]) -> Callable[[Any, Notation], Any]:
    def one(value: Any, notation: Notation) -> dict[str, Any]:  # noqa: ANN401 - any value
        found = _mapping(value)
        unknown = [key for key in found if key not in fields]
        if unknown:
            message = f"has {unknown[0]!r}, which is no field of it"
            raise RefusalError(message)
        return {name: _item(target, found.get(name), notation, repr(name))
                for name, target in fields.items()}  # fmt: skip

    return one


def _map(key: Target, item: Target) -> Callable[[Any, Notation], Any]:
    def one(value: Any, notation: Notation) -> list[tuple[Any, Any]]:  # noqa: ANN401 - any value
        return [
            (_item(key, name, notation, repr(name)), _item(item, held, notation, repr(name)))
            for name, held in _mapping(value).items()
        ]

    return one
