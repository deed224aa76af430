"""Files of JSON, and what is wrong with one that cannot be read."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from dkdata.errors import NotFoundError, UsageError


def text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return the text of a JSON file that holds a value."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write(file: Path, value: Any) -> None:  # noqa: ANN401 - JSON
    """Write a value to a JSON file, atomically."""
    write_text(file, text(value))


def write_text(file: Path, written: str) -> None:
    """Write a text to a file, atomically."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(written)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def loaded(path: str | os.PathLike[str], what: str, content: str, file_in: str) -> Any:  # noqa: ANN401 - JSON
    """Return the value in a JSON file.

    Parameters
    ----------
    what
        Which thing the file is to hold, as in "no suite at …".
    content
        What the file is to be, as in "… is not the JSON of a suite".
    file_in
        Which file of a folder to give, as in "Give the path of the .json file in it".

    Raises
    ------
    NotFoundError
        There is no such file.
    UsageError
        It is a folder, or no JSON.
    """
    file = Path(path)
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        message = f"no {what} at {str(file)!r}: there is no such file."
        raise NotFoundError(message) from error
    except IsADirectoryError as error:
        message = f"{str(file)!r} is a folder. Give the path of {file_in}."
        raise UsageError(message) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        message = f"{str(file)!r} is not {content}: {error}."
        raise UsageError(message) from error
