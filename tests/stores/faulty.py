"""Jobs on tables that are reached through a proxy, and what is to come of them while it fails."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

import dkdata as dk
from dkdata.errors import DkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.s3.scripted import Fault, ScriptedProxy

BEFORE = pd.DataFrame({"id": range(10), "text": ["old"] * 10})
MORE = pd.DataFrame({"id": range(10, 15), "text": ["old"] * 5})
ALL = pd.concat([BEFORE, MORE], ignore_index=True)
NEW = pd.DataFrame({"id": range(5, 20), "text": ["new"] * 15})
ADDED = NEW.assign(id=NEW["id"] + 20)
FEW = "id < 3"


@dataclass(frozen=True)
class Job:
    """A call, and what is to come of it.

    Parameters
    ----------
    work
        Gets a target, and a ``timeout=`` where the call has one.
    gives
        What the call returns, as ``told`` shows it.
    after
        The rows of the table afterwards; ``None`` where it is gone.
    elsewhere
        The rows that are then at the name that ends with an x.
    """

    work: Callable[..., Any]
    gives: Any = None
    after: pd.DataFrame | None = field(default_factory=lambda: ALL)
    elsewhere: pd.DataFrame | None = None


def _save(frame: pd.DataFrame, mode: str, ending: str = "") -> Callable[..., Any]:
    return lambda target, **given: dk.save(
        frame, target + ending, mode=mode, progress=False, **given
    )


_OLD_FIRST = ALL[ALL["id"] < NEW["id"].min()]
JOBS = {
    "replace": Job(_save(NEW, "replace"), (15, 0, 0), NEW),
    "append": Job(_save(ADDED, "append"), (15, 0, 0), pd.concat([ALL, ADDED])),
    "upsert": Job(_save(NEW, "upsert"), (5, 10, 0), pd.concat([_OLD_FIRST, NEW])),
    "skip": Job(_save(NEW, "skip"), (5, 0, 10), pd.concat([ALL, NEW[NEW["id"] > 14]])),
    "make": Job(_save(NEW, "error", "x"), (15, 0, 0), elsewhere=NEW),
    "delete": Job(lambda target: dk.delete(target, FEW), 3, ALL[3:]),
    "update": Job(
        lambda target: dk.update(target, {"text": "new"}, FEW), 3,
        ALL.assign(text=["new"] * 3 + ["old"] * 12),
    ),
    "load": Job(dk.load, ALL.to_numpy().tolist()),
    "load some": Job(partial(dk.load, where=FEW), ALL[:3].to_numpy().tolist()),
    "count": Job(dk.count, 15),
    "count some": Job(lambda target: dk.count(target, FEW), 3),
    "optimize": Job(dk.optimize),
    "rename": Job(lambda target: dk.rename(target, f"{target}x"), None, None, ALL),
    "drop": Job(dk.drop, None, None),
}  # fmt: skip


def told(given: Any) -> Any:
    """Return what a call gave as something that compares."""
    if isinstance(given, dk.SaveResult):
        return given.inserted, given.updated, given.skipped
    return given.to_numpy().tolist() if isinstance(given, pd.DataFrame) else given


class Reached:
    """Tables with two ways to them: one store through a proxy, one around it."""

    through: str
    around: str

    def __init__(self, proxy: ScriptedProxy) -> None:
        self.proxy = proxy
        self._numbers = itertools.count()

    def name(self) -> str:
        """Return the name of a table that is not there."""
        return f"t{next(self._numbers)}"

    def put(self) -> str:
        """Put a table of the rows ``ALL`` there, and return its name."""
        raise NotImplementedError

    def forget(self) -> None:
        """Let the stores know nothing of their tables."""

    def held(self, name: str) -> list[list[Any]] | None:
        """Return the rows of a table as they are there, ``None`` where there is none."""
        if not dk.exists(f"{self.around}.{name}"):
            return None
        return told(dk.load(f"{self.around}.{name}").sort_values("id"))

    def asked(self, job: Job) -> list[str]:
        """Return the kinds of the requests that a job makes."""
        name = self.put()
        self.forget()
        self.proxy.inject()
        job.work(f"{self.through}.{name}")
        return self.proxy.asked

    def wrong(self, job: Job, *faults: Fault) -> str:
        """Do a job while requests fail that are tried again, and return what is wrong then."""
        name = self.put()
        self.forget()
        self.proxy.inject(*faults)
        try:
            given = told(job.work(f"{self.through}.{name}"))
        except DkError as error:
            return f"{faults}: {type(error).__name__}: {error}; it holds {self.held(name)}"
        if not self.proxy.met:
            return f"{faults}: were not met, by {self.proxy.asked}"
        if given != job.gives:
            return f"{faults}: gave {given}"
        if not self.is_done(job, name):
            return f"{faults}: it holds {self.held(name)}, and elsewhere {self.held(f'{name}x')}"
        return ""

    def is_done(self, job: Job, name: str) -> bool:
        """Whether everything is there that is to be after a job, and as it is to be."""
        wanted = ((job.after, name), (job.elsewhere, f"{name}x"))
        return all(
            self.held(place) == (None if rows is None else told(rows.sort_values("id")))
            for rows, place in wanted
        )

    def is_undone(self, name: str) -> bool:
        """Whether everything is as it was before a job."""
        return self.held(name) == told(ALL) and self.held(f"{name}x") is None
