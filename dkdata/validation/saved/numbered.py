"""A folder of numbered files, each written once: 1.json, 2.json and so on."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_NUMBERED: Final = re.compile(r"([1-9][0-9]*)\.json")


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the files in a folder, the newest first; none where it is not there."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - the names alone
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = (_NUMBERED.fullmatch(name) for name in names)
    return sorted((int(one[1]) for one in found if one), reverse=True)


def path_of(folder: Path, number: int) -> Path:
    """Return the path of the file of that number."""
    return folder / f"{number}.json"


def add(folder: Path, text: str) -> int:
    """Write a text to the file of the next number, which is returned.

    The file is there when it is complete and on the disk. Processes that add at the same time
    get numbers of their own.
    """
    from dkdata.commit import sync  # noqa: PLC0415 - loads DuckDB

    folder.mkdir(parents=True, exist_ok=True)
    number = max(numbers(folder), default=0) + 1
    while not _put(path_of(folder, number), text):
        number += 1
    sync(folder)
    return number


def _put(path: Path, text: str) -> bool:
    """Write a file unless there is one or somebody else is writing it.

    Who makes the temporary file holds the number, and alone may give the file its name; that is
    also true where there are no hard links. If the process is killed before, the number is skipped.
    """
    made = path.with_name(f".{path.name}.new")
    try:
        stream = made.open("x", encoding="utf-8")
    except FileExistsError:
        return False
    try:
        with stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():  # written since the numbers were read
            made.unlink()
            return False
        made.rename(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return True
