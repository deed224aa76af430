"""What is migrated where, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dkdata.configuration.resolving import workspace
from dkdata.errors import DkError, ExistsError, MigrationError, UsageError
from dkdata.frames import envelope
from dkdata.migration.journal import digest
from dkdata.query import WriteMode, in_rows
from dkdata.types import type_name

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.catalog import Location
    from dkdata.change.transforms import Transform
    from dkdata.lazy import Table
    from dkdata.migration.refused import OnError
    from dkdata.query import Verify

OnConflict = Literal["error", "upsert", "skip"]
Ids = Literal["preserve", "regenerate"]
_STAGING = "__migrating"


@dataclass(frozen=True, eq=False)
class Plan:
    """One migration, as it was asked for.

    Parameters
    ----------
    source
        The table, with ``where`` as a filter of it.
    key
        Columns that identify a row; none means those that the source or the target tells.
    batch_rows
        How many rows are written at a time; ``None``: by their bytes.
    run_id
        Names the migration; ``None``: it is known by what it moves.
    is_dry
        Whether everything is undone in the end.
    """

    source: Table
    target: Location
    transform: Transform | None = None
    key: tuple[Any, ...] = ()
    ids: Ids = "preserve"
    batch_rows: int | None = None
    on_error: OnError = "raise"
    on_conflict: OnConflict = "error"
    resume: bool = True
    verify: Verify = "checksum"
    suite: Any = None
    run_id: str | None = None
    is_dry: bool = False

    def __post_init__(self) -> None:
        """Refuse a table that is to become itself."""
        source = self.source.location
        same_store = source.store.identity == self.target.store.identity
        if same_store and source.table == self.target.table:
            message = f"{source.label!r} is the source and the target. Give another target."
            raise UsageError(message)
        explodes = self.transform is not None and not self.transform.keeps_number
        is_counted = self.on_conflict != "error" or self.on_error != "raise" or self.suite
        if explodes and (is_counted or self.is_dry):
            message = (
                "a transform that explodes makes several rows of one, so that rows of the source"
                " cannot be counted as skipped or failed. Leave out suite=, on_error=, on_conflict="
                " and dry_run=, or explode the rows after the migration."
            )
            raise UsageError(message)

    @property
    def told(self) -> str:
        """What messages call it."""
        return f"{self.source.location.label} -> {self.target.label}"

    @property
    def staging(self) -> str:
        """The table where rows gather that take several commits."""
        return self.target.store.beside(self.target.table, _STAGING)

    @property
    def folder(self) -> Path:
        """Where journals are."""
        return workspace() / "migrations"

    @property
    def name(self) -> str:
        """The name of the journal: that of an earlier call that asked for the same."""
        if self.run_id is not None:
            return digest([self.run_id, self.target.label, self.is_dry])
        return digest([str(Path.cwd()), self.source.location.label, self.target.label, self.asked])

    @property
    def asked(self) -> dict[str, Any]:
        """What makes the rows that are written; as JSON values."""
        return {
            "query": list(map(repr, self.source.steps)),
            "transform": _described(self.transform),
            "suite": _described(self.suite),
            "key": list(map(repr, self.key)),
            "ids": self.ids,
            "on_conflict": self.on_conflict,
            "on_error": self.on_error if isinstance(self.on_error, str) else "callable",
            "dry": self.is_dry,
        }

    def source_state(self, schema: pa.Schema, count: int) -> dict[str, Any]:
        """Return what tells whether the source is still as it was; as JSON values."""
        return {
            "columns": digest([(field.name, type_name(field.type)) for field in schema]),
            "rows": count,
            "version": self.source.version,
        }

    def check_same(self, held: dict[str, Any], now: dict[str, Any]) -> None:
        """Refuse to go on with another source, or another way, than an earlier call had."""
        asked, source = held["asked"], held["source"]
        wrong = [
            f"{name} is another one" for name, value in self.asked.items() if asked[name] != value
        ]
        if source["columns"] != now["columns"]:
            wrong.append("the source has other columns")
        if source["rows"] != now["rows"]:
            wrong.append(f"the source has {in_rows(now['rows'])}, and had {source['rows']:,}")
        if source["version"] != now["version"]:
            wrong.append(f"the source is at version {now['version']}, and was at")
            wrong[-1] += f" {source['version']}"
        if wrong:
            raise MigrationError.changed(self.told, wrong)

    def mode(self, key: tuple[str, ...], existing: pa.Schema | None) -> WriteMode:
        """Return how rows come into the target as it is.

        Raises
        ------
        ExistsError
            It is there, and there is no key.
        """
        if existing is None:
            return WriteMode.ERROR
        if not key:
            rows = self.target.store.count(self.target.table)
            raise ExistsError.migration(self.target.label, rows)
        modes = {"error": WriteMode.APPEND, "upsert": WriteMode.UPSERT, "skip": WriteMode.SKIP}
        return modes[self.on_conflict]

    def key_for(self, rows: pa.Schema, existing: pa.Schema | None) -> tuple[str, ...]:
        """Return the columns that identify a row: those given, the target's or the source's."""
        if self.key:
            return tuple(envelope.resolved(self.key, rows, "key"))
        if existing is not None:
            return envelope.key_of(existing)
        held = envelope.key_of(rows)
        return held if set(held) <= set(rows.names) else ()


def is_beside(table: str) -> bool:
    """Whether a table belongs to a migration that has not ended."""
    return table.endswith(_STAGING)


def _described(given: Any) -> Any:  # noqa: ANN401 - JSON values
    if given is None:
        return None
    try:
        return digest(given.to_dict())
    except (AttributeError, DkError):  # functions of Python are known by their names only
        return digest(repr(given))
