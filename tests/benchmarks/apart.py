"""Tools that pin packages which dkdata has in other versions: each in a process of its own.

The versions in ``awswrangler.txt`` and ``eland.txt`` were chosen by ``uv pip compile --universal
--generate-hashes --python-version 3.11``; eland reads the frame by pyarrow.
"""

from __future__ import annotations

import json
import os
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.benchmarks.ratio import Spent
from tests.services.s3.programs import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    import pandas as pd

_HERE = Path(__file__).parent


def version(tool: str) -> str:
    """Return the version of a tool that is pinned."""
    return (_HERE / f"{tool}.txt").read_text().partition(f"{tool}==")[2].split()[0]


class Apart:
    """A process that does what a program knows, started when the first job is asked for.

    Parameters
    ----------
    tool
        What ``<tool>.txt`` pins.
    program
        The file with the ``jobs``.
    frame
        What they are given; handed over as a file in ``folder``.
    others
        What else they are given.
    variables
        Of the environment.
    """

    def __init__(
        self,
        tool: str,
        program: str,
        frame: pd.DataFrame,
        folder: Path,
        *others: str,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._tool, self._program, self._others = tool, _HERE / program, others
        self._frame, self._file = frame, folder / f"{tool}.parquet"
        self._variables = variables or {}
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
        return partial(self._told, name)

    def _told(self, name: str) -> Spent:
        process = self._process or self._started()
        process.stdin.write(f"{name}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            message = f"{self._tool} has ended, at {name!r}, with status {process.wait()}"
            raise RuntimeError(message)
        return Spent(*json.loads(answer))

    def _started(self) -> subprocess.Popen[str]:
        self._frame.to_parquet(self._file)
        python = environment(self._tool, _HERE / f"{self._tool}.txt", install=True)
        answering = [_HERE / "answering.py", self._program, self._file, *self._others]
        self._process = subprocess.Popen(
            [python, "-P", "-W", "ignore", *answering],
            env=os.environ | self._variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self._process
