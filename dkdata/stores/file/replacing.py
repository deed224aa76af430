"""Files that take the place of others at once, and what interrupted ones leave behind."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dkdata.commit import sync
from dkdata.errors import StoreError
from dkdata.stores.file.snapshot import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENDING = ".dk.tmp"
_NAME_BYTES = 255
_DEAD_AFTER = 60.0


def temporary_name(name: str, run_id: str) -> str:
    """Return the name of the temporary file of one write.

    Examples
    --------
    >>> temporary_name("orders.csv", "0042")
    '.orders.csv.0042.dk.tmp'
    """
    whole = f".{name}.{run_id}{ENDING}"
    if len(os.fsencode(whole)) <= _NAME_BYTES:
        return whole
    short = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    return f".{short}.{run_id}"[: _NAME_BYTES - len(ENDING)] + ENDING


@contextmanager
def replacement(path: Path, run_id: str) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Give a temporary file, and the function that lets it take the place of ``path``.

    The temporary file is on the disk when the function is called, or gone when it is not. It
    keeps the permissions of the file that it replaces.
    """
    path = path.resolve() if path.is_symlink() else path
    temporary = path.with_name(temporary_name(path.name, run_id))
    committed = False

    def commit() -> None:
        nonlocal committed
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
        committed = True
        sync(path.parent)

    try:
        with explained(path, "cannot be written", str(temporary)):
            yield temporary, commit
    except FileNotFoundError as error:
        raise without_folder(path) from error
    except KeyboardInterrupt as interrupt:
        state = "the save was complete" if committed else "nothing was written"
        message = f"interrupted: {str(path)!r}: {state}"
        raise KeyboardInterrupt(message) from interrupt
    finally:
        with suppress(OSError):  # a disk that became read-only keeps it
            temporary.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make the folder of a file, where it is missing."""
    with explained(path, "cannot be written"):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileNotFoundError as error:
            raise without_folder(path) from error
        except FileExistsError as error:
            message = f"{str(path)!r} cannot be written: {str(path.parent)!r} is a file."
            raise StoreError(message) from error


def without_folder(path: Path) -> StoreError:
    """Return the error of a file whose folder is not there, or went away meanwhile."""
    message = f"{str(path)!r} cannot be written: the folder {str(path.parent)!r} is not there."
    return StoreError(f"{message} Make it, or choose another.")


def leftovers(folder: Path, dead_after: float | None = None) -> list[Path]:
    """Return the temporary files of writes that died: not written for so many seconds.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> leftovers(pathlib.Path(tempfile.mkdtemp()))
    []
    """
    latest = time.time() - (_DEAD_AFTER if dead_after is None else dead_after)
    found = []
    for path in folder.glob(f".*{ENDING}"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < latest:
                found.append(path)
    return sorted(found)
