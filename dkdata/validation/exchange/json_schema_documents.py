"""Documents of JSON Schema: opened, checked, their references followed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from dkdata.errors import UsageError, listing, shortened
from dkdata.validation.json_files import loaded

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DRAFT_07: Final = "http://json-schema.org/draft-07/schema"
NOTES: Final = (
    "title", "description", "default", "examples", "$comment", "deprecated", "readOnly",
    "writeOnly",
)  # fmt: skip
"""Keywords that no value can fail."""

OWN: Final = "x-dkdata"
_VALUES: Final = ("enum", "const", "default", "examples", OWN)
"""Keywords that hold values, which may look like schemas."""


def opened(given: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a mapping or a path
    """Return a document of JSON Schema, of a draft that is read.

    Raises
    ------
    NotFoundError
        There is no such file.
    UsageError
        It is none, or of another draft.
    """
    document = _loaded(given) if isinstance(given, str | os.PathLike) else given
    if not isinstance(document, Mapping):
        message = (
            f"{shortened(document)} is not a JSON Schema. Give the document as a dict, or the path"
            " of a .json file."
        )
        raise UsageError(message)
    dialect = document.get("$schema", DIALECT)
    if not isinstance(dialect, str) or dialect.rstrip("#") not in (DIALECT, _DRAFT_07):
        message = (
            f"$schema={shortened(dialect)} is not read. There are: draft 2020-12 ({DIALECT!r}) and"
            f" draft-07 ({_DRAFT_07!r}). Write the document in one of them."
        )
        raise UsageError(message)
    _check(document)
    return document


def _loaded(path: str | os.PathLike[str]) -> Any:  # noqa: ANN401 - JSON
    if str(path).lstrip().startswith("{"):
        message = f"{shortened(path)} is text of JSON, not a path. Give json.loads of it."
        raise UsageError(message)
    return loaded(path, "JSON Schema", "a JSON Schema", "the .json file in it")


def _check(document: Mapping[str, Any]) -> None:
    """Raise if the document is not what its own draft allows."""
    from jsonschema.exceptions import SchemaError, best_match  # noqa: PLC0415 - takes a while

    made = _validator(document)
    found: SchemaError | None = best_match(made(made.META_SCHEMA).iter_errors(document))
    if found is not None:
        message = f"JSON Schema: {found.json_path}: {found.message}."
        raise UsageError(message) from found


def _validator(document: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a class of jsonschema
    from jsonschema.validators import validator_for  # noqa: PLC0415 - takes a while

    return validator_for({"$schema": document.get("$schema", DIALECT)})


def allows_null(told: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether null is a value of which a part of a document, without references, is true.

    Examples
    --------
    >>> allows_null({"type": ["integer", "null"], "minimum": 0}), allows_null({"enum": ["a"]})
    (True, False)
    """
    return bool(_validator({})(told).is_valid(None))


def resolved(value: Any, document: Mapping[str, Any], seen: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 - JSON
    """Return a part of a document with what its references lead to in their places.

    Raises
    ------
    UsageError
        A reference leads to nothing, out of the document or to itself.

    Examples
    --------
    >>> resolved({"$ref": "#/$defs/n"}, {"$defs": {"n": {"type": "integer"}}})
    {'type': 'integer'}
    """
    match value:
        case {"$ref": str(reference), **rest}:
            if reference in seen:
                message = f"'$ref': {reference!r} leads to itself. A column holds no such values."
                raise UsageError(message)
            found = resolved(_target(document, reference), document, (*seen, reference))
            is_old = str(document.get("$schema", "")).startswith(_DRAFT_07)
            told = resolved(rest, document, seen)
            return joined(found, told, f"'$ref': {reference!r}", NOTES if is_old else None)
        case Mapping():
            return {
                key: item if key in _VALUES else resolved(item, document, seen)
                for key, item in value.items()
            }
        case list():
            return [resolved(item, document, seen) for item in value]
    return value


def _target(document: Mapping[str, Any], reference: str) -> Any:  # noqa: ANN401 - JSON
    found: Any = document
    steps = reference.removeprefix("#/").split("/") if reference != "#" else []
    try:
        if not reference.startswith("#"):
            raise LookupError(reference)  # noqa: TRY301 - told below
        for step in steps:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else found[name]
    except (LookupError, TypeError, ValueError) as error:
        held = [
            f"#/{key}/{name}" for key in ("$defs", "definitions") for name in document.get(key, {})
        ]
        message = (
            f"'$ref': {reference!r} leads to nothing in the document. There are: {listing(held)}."
        )
        raise UsageError(message) from error
    return found


def joined(
    told: Any,  # noqa: ANN401 - JSON
    beside: Mapping[str, Any],
    place: str,
    allowed: tuple[str, ...] | None = None,
) -> Any:  # noqa: ANN401 - JSON
    """Return what is said of a value in two places, as if it were said in one.

    Parameters
    ----------
    allowed
        The keywords that may stand in the second place; any if ``None``.

    Raises
    ------
    UsageError
        Both have a keyword, or the second one that is not allowed.
    """
    if not beside:
        return told
    if isinstance(told, bool):
        message = f"{place} stands beside {listing(map(repr, beside))}. Leave one of them out."
        raise UsageError(message)
    for key in beside:
        is_note = key in NOTES
        if not is_note and (key in told or (allowed is not None and key not in allowed)):
            message = f"{place} stands beside the keyword {key!r}. Write it in one place only."
            raise UsageError(message)
    return {**told, **beside}
