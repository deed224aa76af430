"""Every exception that dkdata raises on purpose, and the wording of its messages."""

from __future__ import annotations

from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

_LISTED = 20


def did_you_mean(name: object, known: Iterable[object]) -> str:
    """Return a sentence that suggests the known name nearest to ``name``, or nothing."""
    texts = {str(item): item for item in known}
    folded = {text.casefold(): text for text in texts}
    near = get_close_matches(str(name).casefold(), folded, n=1, cutoff=0.6)
    return f" Did you mean {texts[folded[near[0]]]!r}?" if near else ""


def listing(names: Iterable[object]) -> str:
    """Return the names as a sentence fragment, the first twenty of many."""
    texts = [str(name) for name in names]
    if not texts:
        return "none"
    more = f" and {len(texts) - _LISTED:,} more" if len(texts) > _LISTED else ""
    return ", ".join(texts[:_LISTED]) + more


def no_attribute(
    owner: str, name: str, known: Iterable[str], others: Mapping[str, str]
) -> AttributeError:
    """Return the error of an attribute that is not there, with what may have been meant.

    Parameters
    ----------
    others
        What other libraries call it, and what it is called here.
    """
    meant = f" Did you mean {others[name]!r}?" if name in others else did_you_mean(name, known)
    return AttributeError(f"{owner} has no attribute {name!r}.{meant}")


def shortened(value: object, width: int = 80) -> str:
    """Return ``repr(value)``, cut to ``width`` characters."""
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"


class DkError(Exception):
    """Base of all errors that dkdata raises on purpose.

    Examples
    --------
    >>> import dkdata as dk
    >>> try:
    ...     dk.load("nowhere.orders")
    ... except dk.errors.DkError as error:
    ...     print(type(error).__name__)
    StoreNotFoundError
    """


class DkWarning(UserWarning):
    """Base of all warnings that dkdata gives."""


class NotFoundError(DkError, LookupError):
    """Something that was named is not there."""


class TableNotFoundError(NotFoundError):
    """A store has no table of that name."""

    def __init__(
        self,
        table: str,
        store: str,
        existing: Iterable[str] = (),
        *,
        hint: str = "",
    ) -> None:
        known = list(existing)
        super().__init__(
            f"no table named {table!r} in store {store!r}.{did_you_mean(table, known)}"
            f" There are: {listing(known)}.{hint}",
        )
        self.table, self.store, self.existing = table, store, known


class ColumnNotFoundError(NotFoundError):
    """A table or a frame has no column of that name."""

    def __init__(
        self, column: object, existing: Iterable[object], where: str = "", *, hint: str = ""
    ) -> None:
        known = list(existing)
        place = f" in {where}" if where else ""
        meant = did_you_mean(column, known)
        super().__init__(
            f"no column {column!r}{place}.{meant} There are: {listing(known)}."
            f"{'' if meant else hint}",
        )
        self.column = column


class RecordNotFoundError(NotFoundError):
    """A table has no record of that id."""

    def __init__(self, table: str, ids: Iterable[object]) -> None:
        self.ids = list(ids)
        words = "record" if len(self.ids) == 1 else "records"
        super().__init__(
            f"table {table!r} has no {words} {listing(map(repr, self.ids))}. Nothing was changed."
            " With missing_ok=True that is no error."
        )


class StoreNotFoundError(NotFoundError):
    """No store of that name is configured."""

    def __init__(self, store: str, existing: Iterable[str], target: str = "") -> None:
        known = list(existing)
        a_file = f" If {target!r} is a file, give its format: format='csv'." if target else ""
        super().__init__(
            f"no store named {store!r}.{did_you_mean(store, known)} There are: {listing(known)}."
            f" For a table whose name holds a dot, write it in double quotes.{a_file}",
        )
        self.store = store


class ExpectationNotFoundError(NotFoundError):
    """No expectation of that type, or no suite of that name, is known."""

    @classmethod
    def suite(cls, name: str, existing: Iterable[str]) -> ExpectationNotFoundError:
        """Return the error of a text that is to be the name of a suite."""
        known = list(existing)
        return cls(
            f"no suite named {name!r}.{did_you_mean(name, known)} There are: {listing(known)}."
            " suite.save(name) makes one; the path of a file ends in .json.",
        )

    @classmethod
    def version(cls, name: str, version: int, existing: Iterable[int]) -> ExpectationNotFoundError:
        """Return the error of a version that a saved suite does not have."""
        return cls(f"suite {name!r} has no version {version}. There are: {listing(existing)}.")


class ExistsError(DkError, ValueError):
    """The target is there already, and was not to be changed."""

    @classmethod
    def table(cls, table: str, store: str, rows: int | None) -> ExistsError:
        """Return the error of a save with ``mode="error"`` onto an existing table."""
        held = "" if rows is None else f" ({rows:,} rows)"
        return cls(
            f"table {table!r} exists in store {store!r}{held}."
            " Choose mode='replace', 'append', 'upsert' or 'skip'.",
        )

    @classmethod
    def record(cls, table: str, *ids: object) -> ExistsError:
        """Return the error of records that are to be created, and are there."""
        held = f"a record {ids[0]!r}" if len(ids) == 1 else f"records {listing(map(repr, ids))}"
        return cls(
            f"table {table!r} has {held} already. It was not changed. Choose upsert to change it,"
            " or another id."
        )

    @classmethod
    def suite(cls, name: str) -> ExistsError:
        """Return the error of a suite that is saved under a name of the configuration."""
        return cls(
            f"cannot save suite {name!r}: the configuration has one of that name, and the name"
            " would say neither. Give another: suite.save('people').",
        )

    @classmethod
    def rename(cls, table: str, new: str, store: str) -> ExistsError:
        """Return the error of a new name that is taken."""
        return cls(
            f"cannot rename {table!r} to {new!r}: store {store!r} has a table of that name. Choose"
            " another.",
        )

    @classmethod
    def migration(cls, target: str, rows: int) -> ExistsError:
        """Return the error of a migration onto a table of which no key is known."""
        return cls(
            f"{target!r} exists ({rows:,} rows), and nothing tells which of its rows are which of"
            " the source. Give key=[…] and on_conflict='upsert' or 'skip', drop it first, or"
            " migrate to another target."
        )


class UsageError(DkError, ValueError):
    """An argument has a value that it cannot have."""

    @classmethod
    def choice(cls, argument: str, value: object, allowed: Iterable[object]) -> UsageError:
        """Return the error of a value that is not one of the allowed ones."""
        known = list(allowed)
        return cls(
            f"{argument}={value!r} is not possible.{did_you_mean(value, known)}"
            f" Choose one of: {', '.join(map(repr, known))}.",
        )

    @classmethod
    @contextmanager
    def within(cls, place: str) -> Iterator[None]:
        """Name a place in the ``UsageError`` that is raised within it."""
        try:
            yield
        except UsageError as error:
            message = f"{place}: {error}"
            raise cls(message) from error


def check_choice(argument: str, value: object, allowed: Collection[object]) -> None:
    """Raise if an argument has a value that is not one of the allowed ones."""
    if value not in allowed:
        raise UsageError.choice(argument, value, allowed)


class SchemaError(DkError, ValueError):
    """Columns or types disagree, or a value cannot be kept exactly.

    Attributes
    ----------
    column, row, reason
        Where the value is that cannot be kept, and why; the row is counted from 0. ``None`` where
        it is not about one value.
    is_of_keys
        Whether keys are null or repeated.
    """

    column: Any = None
    row: int | None = None
    reason: str = ""
    is_of_keys: bool = False

    @classmethod
    def value(
        cls, column: object, value: object, row: int, reason: str, *, has_nearest: bool = False
    ) -> SchemaError:
        """Return the error of a value that cannot be kept exactly.

        Parameters
        ----------
        row
            Position of the row in the frame, counted from 0.
        has_nearest
            Whether ``lossy="allow"`` keeps a value near to it.
        """
        way = ", or save with lossy='allow' to keep what is nearest" if has_nearest else ""
        error = cls(
            f"column {column!r}, row {row}: {shortened(value)} cannot be kept exactly: {reason}."
            f" Change the value or the column's type{way}.",
        )
        error.column, error.row, error.reason = column, row, reason
        return error

    @classmethod
    def append(cls, table: str, disagreements: Iterable[str]) -> SchemaError:
        """Return the error of rows that do not fit the table, with every disagreement."""
        return cls(
            f"cannot append to {table!r}: {'; '.join(disagreements)}."
            " Cast or rename, or write with mode='replace'.",
        )

    @classmethod
    def aside(cls, table: str, disagreements: Iterable[str]) -> SchemaError:
        """Return the error of rejected rows that do not fit the table where they are put."""
        return cls(
            f"the rejected rows do not fit {table!r}: {'; '.join(disagreements)}. Nothing was"
            " written. Rename or drop that table; the save makes a new one.",
        )

    @classmethod
    def keys(cls, key: Iterable[object], problem: str, examples: Iterable[object]) -> SchemaError:
        """Return the error of key columns that hold null or repeated values."""
        shown = listing(dict.fromkeys(shortened(example) for example in examples))
        error = cls(
            f"key {', '.join(map(repr, key))} {problem}: {shown}. Nothing was written."
            " Remove those rows, or choose other key columns.",
        )
        error.is_of_keys = True
        return error


class RejectedError(SchemaError):
    """The backend refused rows.

    Attributes
    ----------
    rejected
        The rows as a frame of the kind that was given, with the reasons of the backend in a column
        ``_dk_reasons``.
    rows
        Where they were among the rows that were written, counted from 0.
    """

    def __init__(self, message: str, rejected: Any, rows: Iterable[int] = ()) -> None:  # noqa: ANN401 - any frame
        super().__init__(message)
        self.rejected, self.rows = rejected, tuple(rows)


class BadValueError(SchemaError):
    """A step of a transformation cannot take a value.

    Attributes
    ----------
    row
        Its position in what was given, from 0.
    step
        The number of the step, from 0.
    reason
        Why it is not taken.
    """

    def __init__(self, row: int, step: int, told: str, reason: str, others: int) -> None:
        more = f" So {'is' if others == 1 else 'are'} {others:,} of the rows after it."
        message = (
            f"row {row:,}, step {step + 1} ({told}): {reason}.{more if others else ''} Mend the"
            " value, or give on_error='null' or 'reject'."
        )
        super().__init__(message)
        self.row, self.step, self.reason = row, step, reason


class ValidationError(DkError, ValueError):
    """A frame does not meet the critical expectations of a suite."""

    def __init__(self, message: str, result: Any = None) -> None:  # noqa: ANN401 - any Result
        super().__init__(message)
        self.result = result

    @classmethod
    def save(cls, target: str, result: Any, whole: Iterable[object] = ()) -> ValidationError:  # noqa: ANN401
        """Return the error of a save whose rows its suite does not let pass.

        Parameters
        ----------
        result
            What the suite says of them.
        whole
            The rules that are not met and are not about single rows.
        """
        told = list(whole)
        way = "Mend the rows, or save with on_invalid='quarantine' or 'warn'."
        if told:
            no_rows = f"No single rows are to blame for: {listing(told)}."
            way = f"{no_rows} Mend the data, or give such a rule severity='warning'."
        return cls(f"nothing was written to {target!r}.\n{result}\n{way}", result)

    @classmethod
    def migration(cls, target: str, result: Any, whole: Iterable[object]) -> ValidationError:  # noqa: ANN401
        """Return the error of a migration whose rows its suite does not let pass; as ``save``."""
        told = list(whole)
        way = "Mend the rows, or migrate the others with on_error='skip' or 'quarantine'."
        if told:
            no_rows = f"No single rows are to blame for: {listing(told)}."
            way = f"{no_rows} Mend the data, or give such a rule severity='warning'."
        return cls(f"nothing was written to {target!r}.\n{result}\n{way}", result)


class ConfigError(DkError, ValueError):
    """The configuration is wrong or incomplete."""

    @classmethod
    def at(cls, place: str, problem: str) -> ConfigError:
        """Return the error of one place: a file and the keys that lead there."""
        return cls(f"{place}: {problem}")

    @classmethod
    def unknown(cls, place: str, key: object, known: Iterable[object]) -> ConfigError:
        """Return the error of a key that means nothing there."""
        names = list(known)
        return cls(
            f"{place}: {shortened(key)} is not known.{did_you_mean(key, names)}"
            f" There are: {listing(names)}.",
        )


class QueryError(DkError, ValueError):
    """A predicate or a query is wrong or cannot be answered."""


class ConflictError(DkError):
    """Somebody else wrote at the same time, or a key is taken.

    Attributes
    ----------
    keys
        Some of those that are taken.
    """

    keys: tuple[object, ...] = ()

    @classmethod
    def taken(cls, table: str, key: Iterable[object], examples: Iterable[object]) -> ConflictError:
        """Return the error of appended rows whose keys the table has."""
        keys = tuple(examples)
        error = cls(
            f"table {table!r} has rows with key {', '.join(map(repr, key))} already:"
            f" {', '.join(map(repr, keys))}. Nothing was written. Choose mode='upsert' to"
            " change them, or 'skip' to keep them."
        )
        error.keys = keys
        return error

    @classmethod
    def migration(cls, told: str) -> ConflictError:
        """Return the error of a migration that runs already."""
        return cls(
            f"the migration {told} runs already, in another process or thread. Wait for it, or"
            " give each its own run_id= and target."
        )

    @classmethod
    def staging(cls, table: str, told: str) -> ConflictError:
        """Return the error of a table that is there where rows of a migration are to gather."""
        return cls(
            f"the migration {told} needs table {table!r}, which is there: another one gathers rows"
            " in it, elsewhere, or was interrupted. Go on with that one, or drop the table."
        )

    @classmethod
    def version(cls, table: str, record: object) -> ConflictError:
        """Return the error of a record that is not as the caller read it."""
        return cls(
            f"record {record!r} of table {table!r} is not as it was read: somebody else has changed"
            " it, or removed it. Nothing was changed. Read it again, and decide anew."
        )


class UnsupportedError(DkError, NotImplementedError):
    """The store cannot do that."""


class MissingDependencyError(DkError, ImportError):
    """A package is needed that is not installed."""

    def __init__(self, package: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {package!r}. Install it: pip install {package}.")


class MigrationError(DkError):
    """A migration could not be carried out.

    Attributes
    ----------
    rejected
        The rows that were refused, as a pandas frame with the reasons in ``_dk_reasons``, where
        that is what is wrong; else ``None``.
    """

    rejected: Any = None

    @classmethod
    def refused(cls, target: str, rejected: Any, reasons: Iterable[object]) -> MigrationError:  # noqa: ANN401
        """Return the error of rows that cannot be migrated.

        Parameters
        ----------
        rejected
            Some of them, as a frame.
        """
        told = "a row" if len(rejected) == 1 else f"{len(rejected):,} rows"
        error = cls(
            f"{told} cannot be migrated to {target!r}: {listing(reasons)}. .rejected has them. Mend"
            " them, or migrate the others with on_error='skip' or 'quarantine'."
        )
        error.rejected = rejected
        return error

    @classmethod
    def changed(cls, told: str, differences: Iterable[str]) -> MigrationError:
        """Return the error of a migration that cannot go on where it was interrupted."""
        return cls(
            f"the migration {told} was interrupted, and cannot go on where it was:"
            f" {listing(differences)}. With resume=False it starts from the beginning."
        )


class DeadlineError(DkError, TimeoutError):
    """The time allowed for a call ran out."""


class StoreError(DkError, OSError):
    """The backend failed; its driver's error is the cause."""
