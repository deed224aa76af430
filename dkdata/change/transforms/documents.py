"""Transformations as plain JSON values, as files, and as the calls that make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from dkdata.change import written as files
from dkdata.change.transforms.steps import (
    Call,
    Compute,
    Drop,
    Explode,
    Expression,
    Filter,
    Flatten,
    Python,
    Rename,
    Select,
    hidden,
)
from dkdata.errors import UsageError, did_you_mean, listing, shortened
from dkdata.predicate import Predicate
from dkdata.validation.schemas.field_types import type_to_json

if TYPE_CHECKING:
    import os

    from dkdata.change.transforms.steps import By, Step
    from dkdata.change.transforms.transform import Transform

VERSION: Final = 1
_STEPS: Final = (
    "rename", "drop", "select", "reorder", "filter", "explode", "flatten", "map", "add",
)  # fmt: skip


def to_dict(transform: Transform) -> dict[str, Any]:
    """Return a transformation; see ``Transform.to_dict``."""
    steps = [_packed(step) for step in transform.steps]
    made = {"version": VERSION, "on_error": transform.on_error, "steps": steps}
    try:
        json.dumps(made)
    except (TypeError, ValueError) as error:
        message = f"the steps cannot be written as JSON: {error}. Give values that JSON has."
        raise UsageError(message) from error
    return made


def _packed(step: Step) -> dict[str, Any]:
    match step:
        case Rename(names):
            return {"rename": _mapping(names)}
        case Drop(columns) | Flatten(columns):
            return {"drop" if isinstance(step, Drop) else "flatten": list(columns)}
        case Select(columns, others):
            return {"reorder" if others else "select": list(columns)}
        case Filter(where):
            return {"filter": where.to_dict()}
        case Explode(column):
            return {"explode": column}
        case Compute(column, by, is_new, on_error):
            told = {} if on_error is None else {"on_error": on_error}
            return {"add" if is_new else "map": column} | _told(step, by) | told


def _told(step: Step, by: By) -> dict[str, Any]:
    match by:
        case Expression(sql):
            return {"sql": sql}
        case Call(name, arguments):
            return {"by": name} | {key: _plain(value) for key, value in arguments.items()}
        case Python(_, str(name)):
            return {"by": name}
    message = (
        f"step {str(step)!r} cannot be written down. Register a function of Python by"
        " dk.register_coercion(name, function), and map by its name."
    )
    raise UsageError(message)


def _plain(value: Any) -> Any:  # noqa: ANN401 - of many types
    match value:
        case Mapping():
            return _mapping(value)
        case pa.DataType():
            return type_to_json(value)
    return value


def _mapping(given: Mapping[Any, Any]) -> Any:  # noqa: ANN401 - JSON
    """Return a mapping as JSON has it: in pairs, if its keys are not all text."""
    if all(isinstance(key, str) for key in given):
        return dict(given)
    return [[key, value] for key, value in given.items()]


def from_dict(data: Any) -> Transform:  # noqa: ANN401 - JSON
    """Return a transformation; see ``Transform.from_dict``."""
    from dkdata.change.transforms.transform import Transform  # noqa: PLC0415 - it imports this

    given: Any = {"steps": data} if isinstance(data, list) else data
    if not isinstance(given, Mapping) or not isinstance(given.get("steps"), list):
        message = f"{shortened(data)} is no transformation. Give {{'steps': [{{'drop': 'a'}}, …]}}."
        raise UsageError(message)
    for name in given:
        if name not in ("version", "on_error", "steps"):
            message = f"a transformation has no {name!r}. There are: version, on_error, steps."
            raise UsageError(message)
    version = given.get("version", VERSION)
    if version != VERSION:
        message = f"the transformation was written by a later version ({version!r}). Update dkdata."
        raise UsageError(message)
    made = Transform(on_error=given.get("on_error", "raise"))
    for number, step in enumerate(given["steps"], 1):
        try:
            made = _with(made, step)
        except (TypeError, UsageError) as error:
            error.add_note(f"in step {number}: {shortened(step)}")
            raise
    return made


def _with(made: Transform, step: Any) -> Transform:  # noqa: ANN401 - JSON
    """Return a transformation with one step more, which is written as JSON."""
    named = step if isinstance(step, Mapping) else ()
    verb = next((name for name in _STEPS if name in named), None)
    if verb is None:
        message = (
            f"{shortened(step)} is no step.{did_you_mean(next(iter(named), ''), _STEPS)} There are:"
            f" {listing(_STEPS)}."
        )
        raise UsageError(message)
    value = step[verb]
    rest = {str(name): part for name, part in step.items() if name != verb}
    if verb in ("map", "add"):
        by = rest.pop("by", None) or rest.pop("sql", None)
        return getattr(made, verb)(value, by, **rest)
    if rest:
        message = f"step {verb!r} takes nothing beside its value: {listing(rest)}."
        raise UsageError(message)
    match verb:
        case "rename":
            return made.rename(dict(value) if isinstance(value, list) else value)
        case "filter":
            return made.filter(Predicate.from_dict(value) if isinstance(value, dict) else value)
        case "explode":
            return made.explode(value)
    return getattr(made, verb)(*(value if isinstance(value, list) else [value]))


def of(given: Any) -> Transform:  # noqa: ANN401 - many forms
    """Return a transformation; see ``Transform.of``."""
    from dkdata.change.transforms.transform import Transform  # noqa: PLC0415 - it imports this

    match given:
        case Transform():
            return given
        case Mapping() | list():
            return from_dict(given)
        case str() | Path():
            return load(given)
    message = (
        f"{shortened(given)} is no transformation. Give a dk.Transform, what its to_dict()"
        " returned, or the path of a file."
    )
    raise UsageError(message)


def save(transform: Transform, path: str | os.PathLike[str]) -> None:
    """Write a transformation; see ``Transform.save``."""
    files.write(path, to_dict(transform))


def load(path: str | os.PathLike[str]) -> Transform:
    """Read a transformation; see ``Transform.load``."""
    return from_dict(files.read(path, "transformation"))


def written(step: Step) -> str:
    """Return the call that adds a step."""
    match step:
        case Rename(names):
            return f"rename({dict(names)!r})"
        case Drop(columns) | Flatten(columns) | Select(columns):
            verb = "drop" if isinstance(step, Drop) else "flatten"
            if isinstance(step, Select):
                verb = "reorder" if step.others else "select"
            return f"{verb}({', '.join(map(repr, columns))})"
        case Filter(where):
            return f"filter({where!r})"
        case Explode(column):
            return f"explode({column!r})"
        case Compute(column, by, is_new, on_error):
            last = [] if on_error is None else [f"on_error={on_error!r}"]
            told = ", ".join([repr(column), *_given(by), *last])
            return f"{'add' if is_new else 'map'}({told})"


def _given(by: By) -> list[str]:
    match by:
        case Call(name, arguments):
            shown = hidden(arguments)
            return [repr(name), *(f"{key}={value!r}" for key, value in shown.items())]
        case Expression(sql):
            return [repr(sql)]
        case Python(_, str(name)):
            return [repr(name)]
    return [str(by)]
