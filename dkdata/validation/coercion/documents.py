"""JSON documents, and lists."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.validation.coercion.refusal import RefusalError, filled, shown
from dkdata.validation.coercion.target import OBJECT, Target, Values, as_objects
from dkdata.validation.coercion.texts import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dkdata.validation.coercion.notation import Notation

_NOT_A_LIST: Final = "not a list"


def document(value: Any, _notation: Notation) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON values that a text writes, or those that it is already.

    Raises
    ------
    RefusalError
        It is not JSON, or would not be kept whole: a key that comes twice, a number that no
        float holds.
    """
    match value:
        case str():
            return parse(filled(value))
        case np.ndarray():
            return _checked(value.tolist())
    return _checked(value)


def _checked(value: Any) -> Any:  # noqa: ANN401 - JSON
    as_json(value)
    _check_keys(value)
    return value


def _check_keys(value: object) -> None:
    """Refuse keys that are no text: written as JSON and read again they would be others."""
    match value:
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    message = f"not JSON: the key {shown(key)} is no text"
                    raise RefusalError(message)
                _check_keys(item)
        case list() | tuple():
            for item in value:
                _check_keys(item)


def parse(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return the values that a JSON text writes, every key and every whole number of them.

    Examples
    --------
    >>> parse('{"a": [1, 12345678901234567890]}')
    {'a': [1, 12345678901234567890]}
    """
    try:
        return json.loads(
            text, object_pairs_hook=_mapping, parse_float=_finite, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg} at character {error.pos + 1}"
        raise RefusalError(message) from error
    except (ValueError, RecursionError) as error:  # too long a number, too deep a document
        message = f"not read: {error}"
        raise RefusalError(message) from error


def _mapping(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        message = f"key {twice!r} comes twice"
        raise RefusalError(message)
    return made


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        message = f"{shown(text)} is not in float64's range"
        raise RefusalError(message)
    return number


def _no_constant(text: str) -> Any:  # noqa: ANN401 - never returns
    message = f"not JSON: {text}"
    raise RefusalError(message)


def items(value: Any, notation: Notation) -> list[Any]:  # noqa: ANN401 - any value
    """Return the items of a list, of JSON text of one, or of delimited text.

    Raises
    ------
    RefusalError
        It is none.
    """
    match value:
        case str() if notation.delimiter is not None:
            return [item.strip() for item in filled(value).split(notation.delimiter)]
        case str():
            found = parse(filled(value))
            if isinstance(found, list):
                return found
        case list() | tuple():
            return list(value)
        case np.ndarray():
            return value.tolist()
    raise RefusalError(_NOT_A_LIST)


def documents() -> Target:
    """Return the target of JSON: Python values in an object column."""
    return Target(dtype=OBJECT, one=document, finish=as_objects, is_shared=False)


def lists() -> Target:
    """Return the target of lists: an Arrow list where the items have a type that keeps them.

    Otherwise they are Python lists in an object column.
    """
    return Target(dtype=OBJECT, one=items, finish=_finish_lists, is_shared=False)


def _finish_lists(results: Values, known: Values) -> Any:  # noqa: ANN401 - numpy or extension
    objects = as_objects(results, known)
    try:
        array = pa.array(objects)
    except (pa.ArrowException, UnicodeEncodeError, ArithmeticError, TypeError, ValueError):
        return objects
    is_kept = pa.types.is_list(array.type) and array.to_pylist() == objects.tolist()
    return pd.arrays.ArrowExtensionArray(array) if is_kept else objects
