"""Tagged JSON: Python values, exactly, as text that other tools can read.

Plain JSON stands for itself: null, true, whole numbers, finite floats (shortest form, exact),
text, lists, and objects with text keys. Every other value is an object with one key that starts
with ``$`` and says what it is: ``{"$date": "2024-02-29"}``, ``{"$tuple": [1, 2]}``.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import uuid
from base64 import b64decode, b64encode
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

_NULLS: Final = {"NA": pd.NA, "NaT": pd.NaT}


def dumps(value: object) -> str:
    """Return a value as tagged JSON text; ``TypeError`` if it has no such form.

    Examples
    --------
    >>> dumps((1, "a"))
    '{"$tuple": [1, "a"]}'
    """
    return json.dumps(encode(value), ensure_ascii=False, allow_nan=False)


def loads(text: str) -> Any:  # noqa: ANN401 - any value
    """Return the value of tagged JSON text.

    Examples
    --------
    >>> loads('{"$tuple": [1, "a"]}')
    (1, 'a')
    """
    return decode(json.loads(text))


def encode(value: object) -> Any:  # noqa: ANN401 - JSON
    """Return a value in the plain types of JSON.

    Examples
    --------
    >>> encode({1: b"x"})
    {'$dict': [[1, {'$bytes': 'eA=='}]]}
    """
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if value is pd.NA or value is pd.NaT:
        return {"$null": "NA" if value is pd.NA else "NaT"}
    if kind is float:
        return value if math.isfinite(value) else {"$float": str(value)}  # type: ignore[arg-type]
    if kind is list:
        return [encode(item) for item in value]  # type: ignore[attr-defined]
    if kind is dict:
        return _encode_mapping(value)  # type: ignore[arg-type]
    if kind in _WRITE:
        name, write = _WRITE[kind]
        return {f"${name}": write(value)}
    if isinstance(value, np.generic):
        return {"$numpy": [value.dtype.str, b64encode(value.tobytes()).decode()]}
    message = f"a value of type {kind.__name__} has no exact form in JSON"
    raise TypeError(message)


def _encode_mapping(value: dict[Any, Any]) -> Any:  # noqa: ANN401 - JSON
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: encode(item) for key, item in value.items()}
    return {"$dict": [[encode(key), encode(item)] for key, item in value.items()]}


def _encode_items(value: Any) -> list[Any]:  # noqa: ANN401 - a collection
    return [encode(item) for item in value]


def _encode_array(value: np.ndarray[Any, Any]) -> list[Any]:
    if value.dtype == object:
        return ["O", list(value.shape), _encode_items(value.ravel().tolist())]
    return [value.dtype.str, list(value.shape), b64encode(value.tobytes()).decode()]


def _decode_array(parts: list[Any]) -> np.ndarray[Any, Any]:
    dtype, shape, values = parts
    if dtype != "O":
        return np.frombuffer(b64decode(values), np.dtype(dtype)).reshape(shape).copy()
    made = np.empty(len(values), object)
    made[:] = [decode(item) for item in values]
    return made.reshape(shape)


def _timestamp(parts: list[Any]) -> pd.Timestamp:
    from dkdata.frames.zones import zone_from_json  # noqa: PLC0415 - it uses pandas' zones

    count, unit, zone = parts
    made = pd.Timestamp(np.datetime64(count, unit))
    return made if zone is None else made.tz_localize("UTC").tz_convert(zone_from_json(zone))


def _timestamp_parts(value: pd.Timestamp) -> list[Any]:
    from dkdata.frames.zones import zone_to_json  # noqa: PLC0415

    zone = None if value.tz is None else zone_to_json(value.tz)
    return [int(value.asm8.view("int64")), value.unit, zone]


def _datetime_text(value: dt.datetime) -> str:
    if value.tzinfo is not None and type(value.tzinfo) is not dt.timezone:
        message = "a datetime of a named zone has no exact form in JSON"
        raise TypeError(message)
    return value.isoformat()


def _time_text(value: dt.time) -> str:
    if value.tzinfo is not None and type(value.tzinfo) is not dt.timezone:
        message = "a time of a named zone has no exact form in JSON"
        raise TypeError(message)
    return value.isoformat()


_WRITE: Final[dict[type, tuple[str, Any]]] = {
    bytes: ("bytes", lambda v: b64encode(v).decode()),
    Decimal: ("decimal", str),
    dt.datetime: ("datetime", _datetime_text),
    dt.date: ("date", dt.date.isoformat),
    dt.time: ("time", _time_text),
    dt.timedelta: ("timedelta", lambda v: [v.days, v.seconds, v.microseconds]),
    uuid.UUID: ("uuid", str),
    complex: ("complex", lambda v: [encode(v.real), encode(v.imag)]),
    tuple: ("tuple", _encode_items),
    set: ("set", _encode_items),
    frozenset: ("frozenset", _encode_items),
    range: ("range", lambda v: [v.start, v.stop, v.step]),
    np.ndarray: ("array", _encode_array),
    pd.Timestamp: ("timestamp", _timestamp_parts),
    pd.Timedelta: ("duration", lambda v: [int(v.asm8.view("int64")), v.unit]),
    pd.Period: ("period", lambda v: [v.ordinal, v.freqstr]),
    pd.Interval: ("interval", lambda v: [encode(v.left), encode(v.right), v.closed]),
}
_READ: Final[dict[str, Any]] = {
    "$null": _NULLS.__getitem__,
    "$float": float,
    "$dict": lambda pairs: {decode(key): decode(item) for key, item in pairs},
    "$bytes": b64decode,
    "$decimal": Decimal,
    "$datetime": dt.datetime.fromisoformat,
    "$date": dt.date.fromisoformat,
    "$time": dt.time.fromisoformat,
    "$timedelta": lambda v: dt.timedelta(*v),
    "$uuid": uuid.UUID,
    "$complex": lambda v: complex(decode(v[0]), decode(v[1])),
    "$tuple": lambda v: tuple(decode(item) for item in v),
    "$set": lambda v: {decode(item) for item in v},
    "$frozenset": lambda v: frozenset(decode(item) for item in v),
    "$range": lambda v: range(*v),
    "$array": _decode_array,
    "$timestamp": _timestamp,
    "$duration": lambda v: pd.Timedelta(np.timedelta64(*v)),
    "$period": lambda v: pd.Period(ordinal=v[0], freq=v[1]),
    "$interval": lambda v: pd.Interval(decode(v[0]), decode(v[1]), v[2]),
    "$numpy": lambda v: np.frombuffer(b64decode(v[1]), np.dtype(v[0]))[0],
}


def decode(value: Any) -> Any:  # noqa: ANN401 - JSON, any value
    """Return the value that ``encode`` was given."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, held),) = value.items()
        if key in _READ:
            return _READ[key](held)
    return {key: decode(item) for key, item in value.items()}
