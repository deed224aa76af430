"""Suite: a named, ordered list of expectations."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from math import floor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import ExpectationNotFoundError, UsageError, check_choice, did_you_mean, listing
from dkdata.validation import json_files, reading
from dkdata.validation.exchange import gx_legacy
from dkdata.validation.html import titled_table
from dkdata.validation.plain import plain

if TYPE_CHECKING:
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.saved.saving import SavedSuite

VERSIONS: Final = ("1.x", gx_legacy.VERSION)
"""The versions of Great Expectations whose JSON is written."""

_SHOWN: Final = 50


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Suite:
    """A named, ordered list of expectations. Immutable; equal when all its parts are equal.

    Parameters
    ----------
    name
        Stands in messages and reports.
    expectations
        In any form: ``dk.expect(column)…``, ``Expectation``, Great Expectations' JSON or objects.
    meta, notes, id
        Kept beside them, as in Great Expectations.

    Raises
    ------
    UsageError
        A parameter of an expectation has no such name.

    Examples
    --------
    >>> from dkdata.validation import expect
    >>> people = Suite("people", [expect("age").between(0, 120), expect("name").not_null()])
    >>> len(people), people[1].type
    (2, 'expect_column_values_to_not_be_null')
    """

    name: str
    expectations: tuple[Expectation, ...] = ()
    meta: Mapping[str, Any] | None = None
    notes: str | tuple[str, ...] | None = None
    id: str | None = None

    def __init__(
        self,
        name: str,
        expectations: Any = (),  # noqa: ANN401 - a suite in any form
        *,
        meta: Mapping[str, Any] | None = None,
        notes: str | Iterable[str] | None = None,
        id: str | None = None,  # noqa: A002 - its name in Great Expectations
    ) -> None:
        if not isinstance(name, str) or not name:
            message = f"name={name!r} is not the name of a suite. Give text: dk.Suite('people', …)."
            raise UsageError(message)
        put = object.__setattr__
        put(self, "name", name)
        put(self, "expectations", _flat(name, expectations))
        put(self, "meta", MappingProxyType(dict(meta)) if meta else None)
        put(self, "notes", notes if notes is None or isinstance(notes, str) else tuple(notes))
        put(self, "id", id)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Suite:
        """Return the suite of Great Expectations' JSON, 1.x or 0.18.

        Examples
        --------
        >>> Suite.from_dict({"name": "s", "expectations": []}).name
        's'
        """
        if not isinstance(given, Mapping) or not reading.is_suite(given):
            raise reading.not_a_suite(given)
        return Suite(**reading.suite_parts(given))

    @classmethod
    def from_gx(cls, given: Any) -> Suite:  # noqa: ANN401 - an object of Great Expectations
        """Return a genuine ``ExpectationSuite`` (or one expectation) as a suite."""
        return as_suite(given)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Suite:
        """Return the suite in a JSON file, written by ``dump`` or by Great Expectations.

        Raises
        ------
        NotFoundError
            There is no such file.
        UsageError
            It does not hold a suite.
        """
        return as_suite(reading.read_json(path))

    def dump(self, path: str | os.PathLike[str], version: str = VERSIONS[0]) -> None:
        """Write the suite to a JSON file that Great Expectations reads too, atomically.

        Parameters
        ----------
        version
            Of Great Expectations, as in ``to_dict``.
        """
        json_files.write(Path(path), self.to_dict(version))

    def save(self, name: str | None = None) -> SavedSuite:
        """Save the suite in the workspace, as a new version of its name.

        From then on the name stands for the suite: ``people`` for its newest version, ``people@2``
        for the second. No version is ever overwritten, also where processes save at once. Where
        the newest holds the same suite already, none is added.

        Parameters
        ----------
        name
            Without it that of the suite; otherwise the saved suite is called so.

        Raises
        ------
        UsageError
            The text cannot be the name of a saved suite.
        ExistsError
            The configuration has a suite of that name.
        StoreError
            The folder of the workspace cannot be written.

        Examples
        --------
        >>> import dkdata as dk
        >>> ages = dk.expect("age").between(0, 120)
        >>> ages.save("ages").version, ages.not_null().save("ages").version
        (1, 2)
        >>> [len(dk.validate([{"age": 36}], name).suite) for name in ("ages", "ages@1")]
        [2, 1]
        """
        from dkdata.validation.saved import saving  # noqa: PLC0415 - it makes suites

        _check_rules(self)
        return saving.save(self, self.name if name is None else name)

    def to_dict(self, version: str = VERSIONS[0]) -> dict[str, Any]:
        """Return the suite as Great Expectations writes it in JSON.

        Parameters
        ----------
        version
            Of Great Expectations: ``"1.x"`` or ``"0.18"``.

        Raises
        ------
        UsageError
            That version has no such rule, parameter or condition.

        Examples
        --------
        >>> Suite("people").to_dict(version="0.18")["expectation_suite_name"]
        'people'
        """
        check_choice("version", version, VERSIONS)
        if version == gx_legacy.VERSION:
            return gx_legacy.suite_to_dict(self)
        notes = list(self.notes) if isinstance(self.notes, tuple) else self.notes
        return {
            "name": self.name,
            "id": self.id,
            "expectations": [expectation.to_dict() for expectation in self.expectations],
            "meta": plain(self.meta or {}),
            "notes": notes,
        }

    def to_gx(self) -> Any:  # noqa: ANN401 - great_expectations.ExpectationSuite
        """Return the genuine ``great_expectations.ExpectationSuite``.

        Raises
        ------
        ExpectationNotFoundError
            Great Expectations knows no expectation of some type.
        """
        from dkdata.validation.answering import gx  # noqa: PLC0415 - takes seconds to import

        return gx.genuine_suite(self)

    def __add__(self, other: Any) -> Suite:  # noqa: ANN401 - a suite in any form
        return self.replaced((*self.expectations, *_flat(self.name, other)))

    def __sub__(self, name: str) -> Suite:
        """Return the suite without the expectations of that type, or ``column.type``."""
        kept = tuple(item for item in self.expectations if name not in _names(item))
        if len(kept) == len(self.expectations):
            every = dict.fromkeys(each for item in self.expectations for each in _names(item))
            known = dict.fromkeys(_names(item)[0] for item in self.expectations)
            message = (
                f"suite {self.name!r} has no expectation {name!r}.{did_you_mean(name, every)}"
                f" There are: {listing(known)}."
            )
            raise ExpectationNotFoundError(message)
        return self.replaced(kept)

    @property
    def texts(self) -> tuple[str, ...]:
        """The expectations as text; those with the same text are told apart by their numbers.

        Examples
        --------
        >>> from dkdata.validation import expect
        >>> age = expect("age")
        >>> (age.max(9).not_null() + age.max(9, severity="info")).texts
        ('age: max(9) (#1)', 'age: not_null', 'age: max(9) (#3)')
        """
        texts = [str(item) for item in self.expectations]
        counted = Counter(texts)
        return tuple(
            f"{text} (#{number})" if counted[text] > 1 else text
            for number, text in enumerate(texts, start=1)
        )

    def place_of(self, number: int) -> str:
        """Return how messages name an expectation, by its number from 0."""
        return f"suite {self.name!r}, expectation {number + 1} ({self[number].type})"

    def replaced(self, expectations: Iterable[Expectation]) -> Suite:
        """Return a suite of other expectations, everything else the same."""
        return Suite(self.name, expectations, meta=self.meta, notes=self.notes, id=self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Suite) and self._parts == other._parts

    __hash__ = None  # type: ignore[assignment]  # expectations hold lists

    @property
    def _parts(self) -> tuple[Any, ...]:
        return (self.name, self.expectations, self.meta, self.notes, self.id)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by JSON-like parts, since views of mappings cannot be."""
        meta = None if self.meta is None else dict(self.meta)
        return _rebuilt, (self.name, self.expectations, meta, self.notes, self.id)

    def __len__(self) -> int:
        return len(self.expectations)

    def __bool__(self) -> bool:
        """Be true even when empty: a suite is no container to test for content."""
        return True

    def __iter__(self) -> Iterator[Expectation]:
        return iter(self.expectations)

    def __getitem__(self, position: int) -> Expectation:
        return self.expectations[position]

    def __repr__(self) -> str:
        shown = [f"  {item}" for item in self.expectations[:_SHOWN]]
        more = len(self.expectations) - len(shown)
        lines = [f"Suite {self.name!r}, {len(self)} expectations", *shown]
        return "\n".join([*lines, f"  and {more:,} more"] if more > 0 else lines)

    def _repr_html_(self) -> str:
        shown = self.expectations[:_SHOWN]
        heads = ["column", "rule", "severity"]
        rows = [[item.place, item.rule, item.severity] for item in shown]
        if any(map(_reason, shown)):
            heads.append("suggested because")
            rows = [[*row, _reason(item)] for row, item in zip(rows, shown, strict=True)]
        return titled_table(
            "suite",
            f"<b>{escape(self.name)}</b> ({len(self):,} expectations)",
            heads,
            [map(escape, row) for row in rows],
            more=len(self) - len(shown),
        )


def _rebuilt(
    name: str,
    expectations: tuple[Expectation, ...],
    meta: Mapping[str, Any] | None,
    notes: Any,  # noqa: ANN401 - as kept
    id: str | None,  # noqa: A002 - its name in Great Expectations
) -> Suite:
    return Suite(name, expectations, meta=meta, notes=notes, id=id)


def _reason(item: Expectation) -> str:
    """Return why an expectation was suggested, if it was."""
    match item.meta:
        case {"dkdata": {"reason": str(reason), "confidence": float(confidence)}}:
            share = floor(confidence * 100)
            return reason if share == 100 else f"{reason} ({share} % sure)"  # noqa: PLR2004
    return ""


def _names(item: Expectation) -> tuple[str, ...]:
    """Return the names by which an expectation can be taken away."""
    method = item.entry.method if item.entry else item.type
    return (f"{item.place}.{method}", method, f"{item.place}.{item.type}", item.type)


def _flat(suite: str, given: Any) -> tuple[Expectation, ...]:  # noqa: ANN401 - any form
    """Return the expectations in anything that holds some."""
    if isinstance(given, Suite):
        _check_rules(given)
        return given.expectations
    if isinstance(given, (str, os.PathLike)):
        return as_suite(given).expectations
    within = reading.suite_within(given)
    if within is not None:
        return _flat(suite, within)
    if reading.is_suite(given):
        return _flat(suite, reading.suite_parts(given)["expectations"])
    single = reading.expectation_of(given)
    if single is not None:
        return (single,)
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise reading.not_a_suite(given)
    return tuple(
        expectation
        for number, item in enumerate(given, start=1)
        for expectation in _numbered(suite, number, item)
    )


def _check_rules(given: Suite) -> None:
    """Raise if a builder has no rule yet."""
    if hasattr(given, "domain") and not given.expectations:
        message = f"expect({given.name!r}) has no rule. Add one, such as .not_null()."
        raise UsageError(message)


def _numbered(suite: str, number: int, given: Any) -> tuple[Expectation, ...]:  # noqa: ANN401
    """Return the expectations of one element, whose place an error names."""
    try:
        return _flat(suite, given)
    except UsageError as error:
        message = f"suite {suite!r}, expectation {number}: {error}"
        raise UsageError(message) from error


def as_suite(given: Any) -> Suite:  # noqa: ANN401 - a suite in any form
    """Return a suite given in any form.

    Parameters
    ----------
    given
        A ``Suite``, ``dk.expect(column)…``, an object with ``to_suite()`` or a ``suite``, Great
        Expectations' suite or expectation (genuine, or its JSON as a mapping), the path of a JSON
        file (text that ends in ``.json``), the name of a suite of the workspace or the
        configuration (``people``, or ``people@2`` for a version), or a list of those.

    Raises
    ------
    UsageError
        It is none of them, or a parameter of an expectation has no such name.
    NotFoundError
        There is no such file, or no suite of that name.

    Examples
    --------
    >>> as_suite({"type": "expect_column_to_exist", "kwargs": {"column": "a"}})
    Suite 'suite', 1 expectations
      a: exists
    """
    if isinstance(given, Suite):
        _check_rules(given)
        return given
    if isinstance(given, os.PathLike) or (isinstance(given, str) and given.endswith(".json")):
        return Suite.load(given)
    if isinstance(given, str):
        from dkdata.validation.saved import saving  # noqa: PLC0415 - it makes suites

        return saving.named(given)
    within = reading.suite_within(given)
    if within is not None:
        return as_suite(within)
    if reading.is_suite(given):
        return Suite(**reading.suite_parts(given))
    return Suite("suite", _flat("suite", given))
