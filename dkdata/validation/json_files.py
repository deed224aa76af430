"""Files of JSON, and what is wrong with one that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dkdata.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    import os


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
