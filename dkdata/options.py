"""Options of stores: checked and converted by pydantic models, with errors that show no secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    SecretBytes,
    SecretStr,
    ValidationError,
    ValidationInfo,
)

from dkdata.errors import ConfigError, shortened
from dkdata.secrets import is_secret, redacted, scrubbed

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails


class StoreOptions(BaseModel):
    """The options of a store; a subclass has a field for each.

    Text becomes what the field is, never what it looks like; a number where text belongs becomes
    text.

    Examples
    --------
    >>> class ShopOptions(StoreOptions):
    ...     path: PathOption
    ...     port: int = 80
    >>> checked(ShopOptions, {"path": "data", "port": "8080"}, "shop").port
    8080
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True
    )


def _in_folder(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    expanded = path.expanduser()
    return expanded if folder is None else folder / expanded


PathOption = Annotated[Path, AfterValidator(_in_folder)]
"""A path, relative to the folder of the configuration."""

_PROBLEMS: Final = {
    "missing": "is missing, or empty.",
    "int_parsing": "{value} is not a whole number.",
    "int_type": "{value} is not a whole number.",
    "int_from_float": "{value} is not a whole number.",
    "float_parsing": "{value} is not a number.",
    "float_type": "{value} is not a number.",
    "bool_parsing": "{value} is neither true nor false.",
    "bool_type": "{value} is neither true nor false.",
    "string_type": "{value} is not text.",
    "path_type": "{value} is not a path.",
    "list_type": "{value} is not a list.",
    "dict_type": "{value} is not a mapping.",
    "model_type": "{value} is not a mapping.",
    "literal_error": "{value} is not possible. Choose one of: {expected}.",
    "enum": "{value} is not possible. Choose one of: {expected}.",
    "greater_than": "{value} is not possible. Give more than {gt}.",
    "greater_than_equal": "{value} is not possible. Give {ge} or more.",
    "less_than": "{value} is not possible. Give less than {lt}.",
    "less_than_equal": "{value} is not possible. Give {le} or less.",
    "value_error": "{error}",
    "assertion_error": "{error}",
}


def checked(
    model: type[BaseModel], given: object, place: str, folder: Path | None = None
) -> BaseModel:
    """Return options as their model has them; empty text is as if it were not there.

    Raises
    ------
    ConfigError
        An option is not known, is missing, or has a value that it cannot have.
    """
    if not isinstance(given, Mapping):
        raise ConfigError.at(place, f"{_shown(given)} is not a mapping of options.")
    fields = dict(_by_key(model))
    told = {key: value for key, value in given.items() if value not in (None, "")}
    for key in given:
        if key not in fields:
            raise ConfigError.unknown(place, key, fields)
    found = _validated(model, told, {"folder": folder})
    if isinstance(found, BaseModel):
        return found
    secrets = [str(value) for key, value in told.items() if _is_hidden(key, fields[key])]
    raise ConfigError("\n".join(_told(error, place, fields, secrets) for error in found))


def _validated(
    model: type[BaseModel], told: Mapping[str, Any], context: Mapping[str, Any]
) -> BaseModel | list[ErrorDetails]:
    """Return the model or what is wrong: pydantic's own error, which shows values, ends here."""
    try:
        return model.model_validate(told, context=dict(context))
    except ValidationError as error:
        return error.errors(include_url=False)


def _by_key(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Give each key that a field may have in a configuration."""
    for name, field in model.model_fields.items():
        match field.validation_alias:
            case AliasChoices(choices=choices):
                yield from ((choice, field) for choice in choices if isinstance(choice, str))
            case str(alias):
                yield alias, field
            case _:
                yield name, field


def _is_hidden(key: str, field: FieldInfo) -> bool:
    return is_secret(key) or _holds_secret(field.annotation)


def _holds_secret(annotation: object) -> bool:
    if annotation in (SecretStr, SecretBytes):
        return True
    return any(_holds_secret(part) for part in get_args(annotation))


def _told(
    error: ErrorDetails, place: str, fields: Mapping[str, FieldInfo], secrets: list[str]
) -> str:
    where = ".".join([place, *map(str, error["loc"])])
    key = str(error["loc"][0]) if error["loc"] else ""
    is_hidden = key in fields and _is_hidden(key, fields[key])
    value = "its value" if is_hidden else _shown(error["input"])
    details = {**error.get("ctx", {}), "value": value}
    known = _PROBLEMS.get(error["type"])
    said = error["msg"][:1].lower() + error["msg"][1:]
    problem = f"{value}: {said}." if known is None else known.format(**details)
    return scrubbed(f"{where}: {problem}", secrets)


def _shown(value: object) -> str:
    return shortened(redacted(value) if isinstance(value, str) else type(value).__name__)
