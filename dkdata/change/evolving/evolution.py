"""Evolution: the versions of a schema, and the way of rows from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from dkdata import frames
from dkdata.change import written as files
from dkdata.change.comparing import compare
from dkdata.change.evolving import documents, moving
from dkdata.change.evolving.matching import alike
from dkdata.change.evolving.plan import Plan
from dkdata.change.evolving.steps import steps_between
from dkdata.change.pairing import paired
from dkdata.change.side import side_of
from dkdata.errors import UsageError, check_choice, did_you_mean, listing, shortened
from dkdata.validation.schemas.schema import Schema

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from dkdata.change.comparison import Comparison
    from dkdata.change.evolving.steps import PlanStep

Lossy = Literal["allow"]


@dataclass(frozen=True)
class Version:
    """A version of a schema.

    Parameters
    ----------
    renamed
        Columns of the version before that are called otherwise here.
    """

    name: str
    schema: Schema
    renamed: Mapping[Any, Any]


@dataclass(frozen=True, repr=False)
class Evolution:
    """The versions of a schema in their order, and the way of rows from one to another.

    Immutable: ``add_version`` returns a new one.

    Parameters
    ----------
    name
        Kept, with the version, by tables that were brought to one.

    Examples
    --------
    >>> import pandas as pd
    >>> from dkdata import Field
    >>> people = (
    ...     Evolution("people")
    ...     .add_version([Field("name", "string"), Field("age", "string")])
    ...     .add_version([Field("who", "string"), Field("age", "integer")], renamed={"name": "who"})
    ... )
    >>> people.plan("1", "2")
    people: 1 -> 2 (none)
      1. rename 'name' to 'who' - loses nothing; undone by: rename 'who' to 'name'
      2. convert 'age' from string to integer - loses values that integer has not; undone by: \
convert 'age' from integer to string
    >>> people.upgrade(pd.DataFrame({"name": ["Ada"], "age": ["36"]}), to="2")
       who  age
    0  Ada   36
    """

    name: str
    versions: tuple[Version, ...] = ()

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            message = f"name={shortened(name)} is not the name of an evolution. Give text."
            raise UsageError(message)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "versions", ())

    def add_version(
        self,
        schema: Any,  # noqa: ANN401 - a schema or its fields
        version: str | None = None,
        *,
        renamed: Mapping[Any, Any] | None = None,
    ) -> Evolution:
        """Add a version, after the others.

        Parameters
        ----------
        schema
            A ``Schema``, a list of ``Field``, or what ``Schema.to_dict`` returned.
        version
            Its name; by default the number of it, ``"1"``, ``"2"``, …
        renamed
            ``{old: new}``: columns of the version before that have other names here. Without
            being told, a column that is missing has gone, and one that is new has come:
            ``changes`` says which of them may be the same.

        Raises
        ------
        UsageError
            There is a version of that name, or a renamed column is not there.
        """
        name = str(len(self.versions) + 1) if version is None else version
        if not isinstance(name, str) or not name:
            message = f"version={shortened(version)} is not the name of a version. Give text."
            raise UsageError(message)
        if name in self.names:
            message = f"there is a version {name!r} of {self.name!r}. Choose another name."
            raise UsageError(message)
        made = Version(name, self._schema(schema), dict(renamed or {}))
        self._check_renamed(made)
        evolution = Evolution(self.name)
        object.__setattr__(evolution, "versions", (*self.versions, made))
        return evolution

    def _schema(self, given: Any) -> Schema:  # noqa: ANN401 - a schema or its fields
        match given:
            case Schema():
                return given
            case Mapping():
                return Schema.from_dict(given)
            case list() | tuple():
                return Schema(self.name, given)
        message = f"{shortened(given)} is not a schema. Give a dk.Schema, or a list of dk.Field."
        raise UsageError(message)

    def _check_renamed(self, version: Version) -> None:
        """Refuse renames of columns that are not there."""
        if version.renamed and not self.versions:
            message = "renamed= is about the version before, and the first has none. Leave it out."
            raise UsageError(message)
        for old, new in version.renamed.items():
            before = [field.name for field in self.versions[-1].schema]
            after = [field.name for field in version.schema]
            for name, known, which in ((old, before, "before"), (new, after, "itself")):
                if name not in known:
                    message = (
                        f"renamed={{{old!r}: {new!r}}}: the version {which} has no column"
                        f" {name!r}.{did_you_mean(name, known)}"
                    )
                    raise UsageError(message)
        if len(set(version.renamed.values())) < len(version.renamed):
            message = f"renamed={dict(version.renamed)!r} gives two columns one name."
            raise UsageError(message)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the versions, in order."""
        return tuple(version.name for version in self.versions)

    def schema(self, version: str) -> Schema:
        """Return the schema of a version.

        Raises
        ------
        UsageError
            There is none of that name.
        """
        return self.versions[self.place(version)].schema

    def place(self, version: str) -> int:
        """Return the place of a version among all, from 0; raises as ``schema`` does."""
        if version not in self.names:
            message = (
                f"{self.name!r} has no version {shortened(version)}."
                f"{did_you_mean(version, self.names)} There are: {listing(self.names)}."
            )
            raise UsageError(message)
        return self.names.index(version)

    def renamed(self, before: str, after: str) -> dict[Any, Any]:
        """Return which columns of one version have other names in another."""
        old, new = self.place(before), self.place(after)
        if old > new:
            return {name: former for former, name in self.renamed(after, before).items()}
        names = {field.name: field.name for field in self.versions[old].schema}
        for version in self.versions[old + 1 : new + 1]:
            there = {field.name for field in version.schema}
            moved = {origin: version.renamed.get(name, name) for origin, name in names.items()}
            names = {origin: name for origin, name in moved.items() if name in there}
        return {origin: name for origin, name in names.items() if origin != name}

    def changes(
        self,
        before: str,
        after: str,
        *,
        data: tuple[Any, Any] | None = None,
    ) -> Comparison:
        """Return what differs between two versions: columns, types, nulls, constraints.

        A column that may have been renamed is told as a guess, unless it was stated: its name or
        its place is like that of one that has gone, and their types are the same.

        Parameters
        ----------
        data
            A frame of each version, by whose values renamed columns are found.

        Examples
        --------
        >>> from dkdata import Field
        >>> ages = Evolution("ages").add_version([Field("age", "integer")])
        >>> ages.add_version([Field("age", "float")]).changes("1", "2").verdict
        'none'
        """
        sides = [
            side_of(self.schema(version), name=f"{self.name} {version}")
            for version in (before, after)
        ]
        found = None
        if data is not None:
            found = alike(*(frames.to_arrow(frame) for frame in data))
        return compare(*sides, renamed=self.renamed(before, after), alike=found)

    def plan(self, before: str, after: str) -> Plan:
        """Return the steps from one version to another, forward or back.

        They lead through all versions between, so that a value becomes the same whether it is
        brought there at once or with every version.
        """
        steps = [step for pair in self._pairs(before, after) for step in self._steps(*pair)]
        return Plan(self.name, before, after, tuple(steps), self.changes(before, after))

    def way(self, before: str, after: str) -> list[Plan]:
        """Return the plans from one version to the next, and so on to another."""
        return [self.plan(*pair) for pair in self._pairs(before, after)]

    def _pairs(self, before: str, after: str) -> Iterator[tuple[str, str]]:
        """Yield each version on the way from one to another, with the one that comes then."""
        old, new = self.place(before), self.place(after)
        return pairwise(
            self.names[old : new + 1] if old <= new else self.names[new : old + 1][::-1]
        )

    def _steps(self, before: str, after: str) -> Iterator[PlanStep]:
        """Yield the steps from one version to the next, or to the one before."""
        left, right = (side_of(self.schema(version)) for version in (before, after))
        return steps_between(paired(left, right, self.renamed(before, after)))

    def upgrade(  # noqa: PLR0913 - the public signature
        self,
        given: Any,  # noqa: ANN401 - a frame or a table
        to: str | None = None,
        *,
        at: str | None = None,
        lossy: Lossy | None = None,
        dry_run: bool = False,
        keep_removed: bool = False,
    ) -> Any:  # noqa: ANN401 - a frame, or a plan
        """Bring a frame, or a stored table in its place, to a later version.

        Parameters
        ----------
        given
            A frame of any kind, or a table by its name, path, URL or ``dk.table``. A table is
            changed at once: readers see it as it was, or as it is then.
        to
            The version; by default the last one.
        at
            The version that it is at. Tables know it that were brought to one; otherwise it is the
            one whose columns and types it has, of several the one with the most columns.
        lossy
            ``"allow"`` lets values be lost: those of columns that go, and those that a type has
            not, which become null. Otherwise that is refused, before anything is changed.
        dry_run
            Whether nothing is changed, and the plan returned with how many values each step
            would lose.
        keep_removed
            Whether each column of a table that goes is kept, with the key, in a table beside it,
            ``<table>__removed_<column>``. Where such a column comes again, so do its values, for
            the rows whose key is the same; what was kept goes then.

        Returns
        -------
        frame or Plan
            A frame of the same kind; of a table, and after a dry run, the plan.

        Raises
        ------
        SchemaError
            Values would be lost, null stands where it is forbidden, or the columns are not those
            of the version.
        UsageError
            It is at another version, or one that is not known.
        ConflictError
            Somebody else changed the table meanwhile.
        """
        asked = self._asked("upgrade", to, at, lossy, is_dry=dry_run, keeps=keep_removed)
        return moving.moved(asked, given)

    def downgrade(  # noqa: PLR0913 - the public signature
        self,
        given: Any,  # noqa: ANN401 - a frame or a table
        to: str,
        *,
        at: str | None = None,
        lossy: Lossy | None = None,
        dry_run: bool = False,
        keep_removed: bool = False,
    ) -> Any:  # noqa: ANN401 - a frame, or a plan
        """Bring a frame, or a stored table in its place, back to an earlier version.

        As ``upgrade`` otherwise.
        """
        asked = self._asked("downgrade", to, at, lossy, is_dry=dry_run, keeps=keep_removed)
        return moving.moved(asked, given)

    def read(
        self,
        source: Any,  # noqa: ANN401 - a table
        to: str | None = None,
        *,
        at: str | None = None,
        lossy: Lossy | None = None,
        as_: str = "pandas",
    ) -> Any:  # noqa: ANN401 - as_ decides
        """Load a stored table as if it were at another version; the table stays as it is.

        Parameters
        ----------
        to
            The version, a later or an earlier one; by default the last.
        at, lossy
            As in ``upgrade``.
        as_
            The kind of frame, as in ``load``.

        Examples
        --------
        >>> import dkdata as dk, pandas as pd
        >>> ages = Evolution("ages").add_version([dk.Field("age", "string")])
        >>> ages = ages.add_version([dk.Field("age", "integer")])
        >>> _ = dk.save(pd.DataFrame({"age": ["36"]}), "memory.old_ages", mode="replace")
        >>> ages.read("memory.old_ages")["age"].tolist(), dk.load("memory.old_ages")["age"].tolist()
        ([36], ['36'])
        """
        return moving.read(self._asked(None, to, at, lossy, is_dry=False), source, as_)

    def _asked(  # noqa: PLR0913 - what all ways have
        self,
        verb: moving.Verb | None,
        to: str | None,
        at: str | None,
        lossy: str | None,
        *,
        is_dry: bool,
        keeps: bool = False,
    ) -> moving.Asked:
        """Return what was asked for, checked."""
        if not self.versions:
            message = f"{self.name!r} has no versions. Add them by add_version."
            raise UsageError(message)
        if lossy is not None:
            check_choice("lossy", lossy, ["allow"])
        wanted = self.names[-1] if to is None else to
        self.place(wanted)
        return moving.Asked(self, verb, wanted, at, lossy is not None, is_dry, keeps)

    def to_dict(self) -> dict[str, Any]:
        """Return the evolution in the plain types of JSON."""
        return documents.to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Evolution:
        """Return the evolution that ``to_dict`` wrote."""
        return documents.from_dict(data)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the evolution to a file: JSON, or YAML by its suffix."""
        files.write(path, self.to_dict())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Evolution:
        """Read the evolution that ``save`` wrote."""
        return documents.from_dict(files.read(path, "evolution"))

    def __repr__(self) -> str:
        told = ", ".join(f"{one.name} ({len(one.schema.fields)} fields)" for one in self.versions)
        return f"Evolution {self.name!r}: {told or 'no versions'}"
