"""Moving tables from store to store."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from dkdata import showing
from dkdata.api.arguments import Target, Where, located
from dkdata.api.reading import table
from dkdata.errors import TableNotFoundError, UsageError, check_choice
from dkdata.query import Verify, as_count, as_names, in_rows

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from typing import TypedDict, Unpack

    from dkdata.change.transforms import Transform
    from dkdata.migration import MigrationReport, MigrationReports
    from dkdata.migration.plan import Ids, OnConflict
    from dkdata.migration.refused import OnError

    class Migrating(TypedDict, total=False):
        """The arguments of ``migrate``, beside what and where to."""

        transform: Any
        where: Where | None
        key: Hashable | Sequence[Hashable] | None
        ids: Ids
        batch_rows: int | None
        on_error: OnError
        on_conflict: OnConflict
        progress: bool | None
        resume: bool
        verify: Verify
        dry_run: bool
        suite: Any
        run_id: str | None
        lossy: Literal["allow"] | None


@overload
def migrate(
    source: Target, target: Target, *, tables: None = ..., **rest: Unpack[Migrating]
) -> MigrationReport: ...
@overload
def migrate(
    source: Target, target: Target, *, tables: str | Sequence[str], **rest: Unpack[Migrating]
) -> MigrationReports: ...
def migrate(  # noqa: PLR0913 - the public contract
    source: Target,
    target: Target,
    *,
    tables: str | Sequence[str] | None = None,
    transform: Any = None,
    where: Where | None = None,
    key: Hashable | Sequence[Hashable] | None = None,
    ids: Ids = "preserve",
    batch_rows: int | None = None,
    on_error: OnError = "raise",
    on_conflict: OnConflict = "error",
    progress: bool | None = None,
    resume: bool = True,
    verify: Verify = "checksum",
    dry_run: bool = False,
    suite: Any = None,
    run_id: str | None = None,
    lossy: Literal["allow"] | None = None,
) -> Any:
    """Move the rows of a table to another store, exactly once, however often it is interrupted.

    Rows are read and written at the same time, in bounded memory. Nobody sees a part of a new
    target. If the process dies, or a server does, the same call goes on where it was.

    Parameters
    ----------
    source
        A table by name, path or URL, or a ``Table``; with ``tables=`` the name of a store.
    target
        The same. A table that is there needs a key, by which rows come into it.
    tables
        Which tables of the store ``source`` go to the store ``target``, under their names: names,
        or patterns such as ``"*"`` or ``"sales_*"``.
    transform
        A ``Transform`` in any form: renames, conversions, filters.
    where
        Only the rows for which it is true are read.
    key
        Columns that identify a row; by default those of the target, or of the source.
    ids
        ``"regenerate"`` gives rows new ids in the one column of the key, as records have them;
        the table ``<target>__ids`` tells which were ``old`` and are ``new``.
    batch_rows
        How many rows are written by one commit; by default all, or 1 GB of those that are more than
        4 GB. What is committed is not written again after an interruption. Single files are always
        written at once.
    on_error
        What to do with rows that the transform, the suite or the target refuses: ``"raise"``,
        ``"skip"`` them, ``"quarantine"`` them in the table ``<target>__invalid``, or a function
        that gets a pandas frame of them, and then skip them.
    on_conflict
        What to do with keys that the target has: ``"error"``, ``"upsert"`` or ``"skip"``.
    progress
        ``False`` shows nothing. Otherwise a migration that takes longer than two seconds shows how
        far it is, how fast, and how long it will take.
    resume
        Whether to go on with the same migration, if it was interrupted; otherwise it starts from
        the beginning.
    verify
        What is read back of every commit before it counts, as of ``save``.
    dry_run
        Whether to do everything but the commit: the report says what would come of it.
    suite
        What the rows have to meet, in any form that ``validate`` takes.
    run_id
        Names the migration. Without it, it is known by its arguments until it has ended.
    lossy
        ``"allow"`` puts null in place of values that the transform cannot convert, where it does
        not say itself what becomes of them.

    Returns
    -------
    MigrationReport
        How many rows were read, written, skipped and failed, and those that failed. With
        ``tables=``, a mapping of them by the names of the tables.

    Raises
    ------
    ExistsError
        The target is there, and no key is known.
    ConflictError
        The same migration runs already, or a key is taken.
    MigrationError
        Rows are refused, or the source has changed since the migration was interrupted.
    ValidationError
        The suite does not let the rows pass.
    SchemaError
        The target cannot hold a value exactly.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> frame = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", None]})
    >>> _ = dk.save(frame, "memory.members", mode="replace")
    >>> report = dk.migrate("memory.members", "members.parquet", where="id > 1")
    >>> report.read, report.written, report.verified
    (2, 2, True)
    >>> dk.load("members.parquet")["id"].tolist()
    [2, 3]
    """
    options: dict[str, Any] = {
        "transform": transform, "where": where, "key": key, "ids": ids, "batch_rows": batch_rows,
        "on_error": on_error, "on_conflict": on_conflict, "progress": progress, "resume": resume,
        "verify": verify, "dry_run": dry_run, "suite": suite, "run_id": run_id, "lossy": lossy,
    }  # fmt: skip
    if tables is None:
        return _one(source, target, **options)
    return _several(source, target, as_names(tables), options)


def _one(  # noqa: PLR0913 - as ``migrate``
    source: Target,
    target: Target,
    *,
    where: Where | None,
    key: Hashable | Sequence[Hashable] | None,
    batch_rows: int | None,
    progress: bool | None,
    dry_run: bool,
    suite: Any,  # noqa: ANN401 - in any form
    run_id: str | None,
    transform: Any,  # noqa: ANN401 - in any form
    lossy: Literal["allow"] | None,
    **options: Any,  # noqa: ANN401 - as they are
) -> MigrationReport:
    from dkdata.change.transforms import Transform  # noqa: PLC0415
    from dkdata.migration.moving import migrated  # noqa: PLC0415
    from dkdata.migration.plan import Ids, OnConflict, Plan  # noqa: PLC0415
    from dkdata.migration.refused import check  # noqa: PLC0415
    from dkdata.validation.answering.running import as_asked  # noqa: PLC0415

    check_choice("ids", options["ids"], get_args(Ids))
    check_choice("on_conflict", options["on_conflict"], get_args(OnConflict))
    check_choice("verify", options["verify"], get_args(Verify))
    check(options["on_error"])
    if lossy is not None:
        check_choice("lossy", lossy, ["allow"])
    if run_id is not None and not (isinstance(run_id, str) and run_id and run_id.isprintable()):
        message = f"run_id={run_id!r} names no migration. Give a text that can be printed."
        raise UsageError(message)
    chosen = table(source)
    plan = Plan(
        chosen if where is None else chosen.filter(where),
        located(target),
        key=as_names(key),
        batch_rows=None if batch_rows is None else as_count("batch_rows", batch_rows, 1),
        suite=None if suite is None else as_asked(suite),
        run_id=run_id,
        transform=None if transform is None else _chosen(Transform.of(transform), lossy),
        is_dry=dry_run,
        **options,
    )
    with showing.shown(f"migrating {plan.told}", progress=progress) as work:
        report = migrated(plan, work)
        took = showing.rows_in(report.read, work.seconds)
        work.line = f"migrated {in_rows(report.written)} {plan.told} in {took}"
    return report


def _chosen(transform: Transform, lossy: str | None) -> Transform:
    """Return a transform that makes null of what it cannot convert, if that is allowed."""
    from dkdata.change.transforms import Transform  # noqa: PLC0415

    if lossy is None or transform.on_error != "raise":
        return transform
    return Transform(on_error="null").with_steps(*transform.steps)


def _several(
    source: Target, target: Target, patterns: tuple[str, ...], options: dict[str, Any]
) -> MigrationReports:
    from dkdata.catalog import open_store  # noqa: PLC0415
    from dkdata.migration import MigrationReports  # noqa: PLC0415
    from dkdata.migration.plan import is_beside  # noqa: PLC0415

    for argument, store in (("source", source), ("target", target)):
        if not isinstance(store, str):
            message = f"{argument}={store!r}: with tables= it is the name of a store."
            raise UsageError(message)
    names = [name for name in open_store(str(source)).tables() if not is_beside(name)]
    open_store(str(target))
    chosen: dict[str, None] = {}
    for pattern in patterns:
        found = [name for name in names if fnmatchcase(name, pattern)]
        if not found and "*" not in pattern:
            raise TableNotFoundError(pattern, str(source), names)
        chosen |= dict.fromkeys(found)
    return MigrationReports({
        name: _one(_target(str(source), name), _target(str(target), name), **options)
        for name in chosen
    })  # fmt: skip


def _target(store: str, name: str) -> str:
    """Return how a target names a table of a store."""
    parts = [store, *name.split(".")]
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)
