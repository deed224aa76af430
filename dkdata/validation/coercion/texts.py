"""Text and bytes: the text of any value that has one, UTF-8 between the two."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from dkdata.validation.coercion import iso
from dkdata.validation.coercion.moments import in_nanoseconds
from dkdata.validation.coercion.refusal import RefusalError
from dkdata.validation.coercion.target import OBJECT, Target, Values, as_objects, finishing

if TYPE_CHECKING:
    from dkdata.validation.coercion.notation import Notation


def text_of(value: Any, _notation: Notation) -> str:  # noqa: ANN401 - any value
    """Return a value as the text that reads as the same value again.

    Times are written as in ISO 8601, lists and mappings as JSON with sorted keys, true and
    false as in JSON.

    Raises
    ------
    RefusalError
        It has no such text.
    """
    match value:
        case str():
            return _encodable(value)
        case bool():
            return "true" if value else "false"
        case int():
            return format(Decimal(value), "f")  # however long: str() has a limit
        case float():
            return repr(value)
        case Decimal() | uuid.UUID():
            return str(value)
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return iso.span_text(in_nanoseconds(value))
        case bytes() | bytearray() | memoryview():
            return _decoded(bytes(value))
        case dict() | list() | tuple():
            return _encodable(as_json(value))
    message = f"a value of type {type(value).__name__} has no text"
    raise RefusalError(message)


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = "holds a lone surrogate, which UTF-8 cannot"
        raise RefusalError(message) from error
    return text


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        message = "not text in UTF-8"
        raise RefusalError(message) from error


def as_json(value: object) -> str:
    """Return a value as JSON in its one form: sorted keys, no space, no NaN.

    Raises
    ------
    RefusalError
        JSON has nothing for a value in it.

    Examples
    --------
    >>> as_json({"b": [1, None], "a": "ß"})
    '{"a":"ß","b":[1,null]}'
    """
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
    except (TypeError, ValueError, RecursionError) as error:
        # The words of the one common case differ from one version of Python to the next.
        is_common = str(error).startswith("Out of range float")
        told = "it holds NaN or an infinity" if is_common else error
        message = f"not JSON: {told}"
        raise RefusalError(message) from error


def _finish(results: Values, known: Values) -> Any:  # noqa: ANN401 - an extension array
    return pd.array(as_objects(results, known), dtype="str")


def _of_texts(texts: pa.Array, _notation: Notation) -> tuple[Values, Values]:
    return texts.to_numpy(zero_copy_only=False), texts.is_valid().to_numpy(zero_copy_only=False)


def _of_integers(numbers: pa.Array, notation: Notation) -> tuple[Values, Values]:
    return _of_texts(numbers.cast(pa.string()), notation)


def strings(data_type: pa.DataType | None = None) -> Target:
    """Return the target of text: ``str``, or an Arrow type of text."""
    return Target(
        dtype=OBJECT,
        one=text_of,
        finish=_finish if data_type is None else finishing(data_type),
        lanes={"text": _of_texts, "integer": _of_integers},
        kept=pd.Series([], dtype="str").dtype if data_type is None else pd.ArrowDtype(data_type),
    )


def _bytes_of(value: Any, _notation: Notation, width: int | None) -> bytes:  # noqa: ANN401
    match value:
        case str():
            data = _encodable(value).encode()
        case bytes() | bytearray() | memoryview():
            data = bytes(value)
        case uuid.UUID():
            data = value.bytes
        case _:
            message = "neither bytes nor text"
            raise RefusalError(message)
    if width is not None and len(data) != width:
        message = f"{len(data):,} bytes, not {width:,}"
        raise RefusalError(message)
    return data


def binaries(data_type: pa.DataType | None = None) -> Target:
    """Return the target of bytes: ``large_binary[pyarrow]``, or another Arrow type of them."""
    held = pa.large_binary() if data_type is None else data_type
    width = held.byte_width if pa.types.is_fixed_size_binary(held) else None
    return Target(
        dtype=OBJECT,
        one=partial(_bytes_of, width=width),
        finish=finishing(held),
        kept=pd.ArrowDtype(held),
    )
