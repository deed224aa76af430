"""awswrangler, which pins packages that dkdata has in other versions, in a process of its own.

The versions in ``awswrangler.txt`` were chosen by ``uv pip compile --universal
--generate-hashes --python-version 3.11``.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.benchmarks.ratio import Spent
from tests.services.s3.programs import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    import pandas as pd

_PINS = Path(__file__).with_name("awswrangler.txt")
_PROGRAM = Path(__file__).with_name("wrangled.py")
VERSION = _PINS.read_text().partition("==")[2].split()[0]


class Wrangler:
    """A process that does what ``wrangled.py`` knows, started when the first job is asked for.

    Parameters
    ----------
    frame
        What it saves; handed over as a file in ``folder``.
    root
        The URL of a prefix.
    variables
        Of the environment: where the server is, and the keys.
    """

    def __init__(
        self, frame: pd.DataFrame, folder: Path, root: str, variables: Mapping[str, str]
    ) -> None:
        self._frame, self._file, self._root = frame, folder / "wrangled.parquet", root
        self._variables = variables
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process:
            self._process.communicate()  # no more questions end it

    def job(self, name: str) -> Callable[[], Spent]:
        """Return what does a job and tells how long it took there."""
        return lambda: self._told(name)

    def _told(self, name: str) -> Spent:
        process = self._process or self._started()
        process.stdin.write(f"{name}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            message = f"awswrangler has ended, at {name!r}, with status {process.wait()}"
            raise RuntimeError(message)
        return Spent(*json.loads(answer))

    def _started(self) -> subprocess.Popen[str]:
        self._frame.to_parquet(self._file)
        python = environment("awswrangler", _PINS, install=True)
        command = [python, "-P", "-W", "ignore", _PROGRAM, self._file, self._root]
        self._process = subprocess.Popen(
            command,
            env=os.environ | self._variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self._process
