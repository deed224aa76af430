"""Files of JSON, or of YAML by their suffix, that hold what is to be done with tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import NotFoundError, UsageError
from dkdata.validation import json_files

if TYPE_CHECKING:
    import os

_YAML: Final = (".yaml", ".yml")


def write(path: str | os.PathLike[str], value: Any) -> None:  # noqa: ANN401 - JSON
    """Write a value to a file, atomically."""
    file = Path(path)
    if file.suffix not in _YAML:
        json_files.write(file, value)
        return
    import yaml  # noqa: PLC0415 - on use

    json_files.write_text(file, yaml.safe_dump(value, sort_keys=False, allow_unicode=True))


def read(path: str | os.PathLike[str], what: str) -> Any:  # noqa: ANN401 - JSON
    """Return the value in a file.

    Parameters
    ----------
    what
        Which thing the file is to hold: ``transformation``.

    Raises
    ------
    NotFoundError
        There is no such file.
    UsageError
        It is a folder, or neither JSON nor YAML.
    """
    file = Path(path)
    if file.suffix not in _YAML:
        return json_files.loaded(file, what, f"the JSON of a {what}", f"the file of a {what} in it")
    import yaml  # noqa: PLC0415 - on use

    try:
        return yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        message = f"no {what} at {str(file)!r}: there is no such file."
        raise NotFoundError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{str(file)!r} is not the YAML of a {what}: {error}."
        raise UsageError(message) from error
