"""Schema: what the columns of a frame must be, as a typed view of a suite."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import NotFoundError, UsageError, did_you_mean, listing, shortened
from dkdata.validation.html import titled_table
from dkdata.validation.schemas.checked import checked_fields, checked_further, checked_version
from dkdata.validation.schemas.field import Field  # noqa: TC001 - the examples make fields
from dkdata.validation.suite import Suite, as_suite

if TYPE_CHECKING:
    import os
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    import pandas as pd

    from dkdata.validation.results.result import Result

_SHOWN: Final = 50


@dataclass(frozen=True, repr=False, init=False)
class Schema:
    """What the columns of a frame must be: a typed view of a suite. Immutable.

    Parameters
    ----------
    name
        Stands in messages and reports.
    fields
        One for each column.
    version
        ``"major.minor.patch"``.
    strict
        Whether columns without a field are forbidden; a result names all of them at once.
    further
        Rules of a suite that fit no field, in any form that suites have: about several columns,
        about the table, with ``mostly``. Its meta, notes and id are those of the suite.
    places
        Where among all rules of the suite the further ones stand, from 0; the last ones if
        none is given.

    Raises
    ------
    UsageError
        Two fields have one name, or the version is none.

    Examples
    --------
    >>> from dkdata.validation.constraints.constraint import Range
    >>> people = Schema("people", [Field("age", "integer", constraints=Range(0, 120))])
    >>> people.validate([{"age": 36}, {"age": 410}]).invalid()["age"].tolist()
    [410]
    """

    name: str
    fields: tuple[Field, ...]
    version: str
    strict: bool
    further: Suite
    places: tuple[int, ...]

    __hash__ = None  # type: ignore[assignment]  # suites hold lists

    def __init__(  # noqa: PLR0913 - what a schema says
        self,
        name: str,
        fields: Iterable[Field],
        *,
        version: str = "1.0.0",
        strict: bool = False,
        further: Any = (),  # noqa: ANN401 - a suite in any form
        places: Iterable[int] = (),
    ) -> None:
        if not isinstance(name, str) or not name:
            message = f"name={name!r} is not the name of a schema. Give text."
            raise UsageError(message)
        put = object.__setattr__
        put(self, "name", name)
        put(self, "fields", checked_fields(name, fields))
        put(self, "version", checked_version(name, version))
        put(self, "strict", bool(strict))
        put(self, "further", checked_further(name, further))
        put(self, "places", tuple(places))
        if self.places and len(self.places) != len(self.further):
            message = (
                f"schema {name!r}: {len(self.places)} places for {len(self.further)} further"
                " rules. Give one for each, or none."
            )
            raise UsageError(message)

    @classmethod
    def infer(cls, frame: Any, name: str = "schema") -> Schema:  # noqa: ANN401 - any frame
        """Return the schema of the columns that a frame has: their names and types.

        Parameters
        ----------
        frame
            Of any kind, or a ``Table``. Columns of Python objects have the type of their
            values, ``any`` if they are of several.

        Examples
        --------
        >>> import pandas as pd
        >>> Schema.infer(pd.DataFrame({"name": ["Ada"], "age": [36]}))
        Schema 'schema' 1.0.0, 2 fields
          name: string
          age: integer
        """
        from dkdata.validation.schemas.inferring import inferred  # noqa: PLC0415 - it makes fields

        return cls(name, tuple(inferred(frame)))

    @classmethod
    def from_suite(cls, suite: Any) -> Schema:  # noqa: ANN401 - a suite in any form
        """Return the schema of a suite; ``to_suite`` gives exactly that suite back.

        Columns that no rule gives a type have the type ``any``. What fits no field is kept in
        ``further``.

        Examples
        --------
        >>> from dkdata.validation.builders.builder import expect
        >>> Schema.from_suite(Suite("people", expect("age").not_null().between(0, 120)))
        Schema 'people' 1.0.0, 1 fields
          age: any, required, Range(0, 120)
        """
        from dkdata.validation.schemas import suites as schema_suite  # noqa: PLC0415 - it makes schemas

        return schema_suite.read(as_suite(suite))

    def to_suite(self) -> Suite:
        """Return the suite that says the same, in Great Expectations' rules where they do.

        Examples
        --------
        >>> Schema("people", [Field("age", "integer", required=True)]).to_suite()
        Suite 'people', 3 expectations
          age: exists
          age: OfType('integer')
          age: not_null
        """
        from dkdata.validation.schemas import suites as schema_suite  # noqa: PLC0415 - the same

        return schema_suite.written(self)

    def suite_for(self, frame: pd.DataFrame) -> Suite:
        """Return the suite that a frame of pandas is validated with.

        Of a column that is not there, only that is said; and where a column has another type
        than its field, its rules are in the form that never raises.
        """
        from dkdata.validation.schemas import suites as schema_suite  # noqa: PLC0415 - the same

        return schema_suite.suite_for(self, frame)

    def validate(self, frame: Any, **options: Any) -> Result:  # noqa: ANN401 - any frame
        """Return what the schema says of a frame or a table: as ``dk.validate``.

        The last results are remembered: a pandas frame of the same content is not asked again.

        Examples
        --------
        >>> bool(Schema("people", [Field("age", "integer")]).validate([{"age": "36"}]))
        False
        """
        from dkdata.validation.schemas.remembering import validate  # noqa: PLC0415 - it makes suites

        return validate(self, frame, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the schema in the plain types of JSON; ``from_dict`` gives an equal one.

        Raises
        ------
        UsageError
            A further rule holds a value that has no exact form in JSON.

        Examples
        --------
        >>> Schema("people", [Field("age", "integer")]).to_dict()["fields"]
        [{'name': 'age', 'type': 'integer'}]
        """
        from dkdata.validation.schemas import reading as schema_json  # noqa: PLC0415 - it makes schemas

        return schema_json.written(self)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Schema:
        """Return the schema that ``to_dict`` wrote.

        Raises
        ------
        UsageError
            It is no such mapping, with the schema and the field where something is wrong.
        """
        from dkdata.validation.schemas import reading as schema_json  # noqa: PLC0415 - the same

        return schema_json.read(given)

    def to_json(self) -> str:
        """Return the schema as JSON text.

        Examples
        --------
        >>> people = Schema("people", [Field("age", "integer", default=0)])
        >>> Schema.from_json(people.to_json()) == people
        True
        """
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Schema:
        """Return the schema that ``to_json`` wrote.

        Raises
        ------
        UsageError
            It is not the JSON of a schema.
        """
        try:
            given = json.loads(text)
        except ValueError as error:
            message = f"{shortened(text)} is not the JSON of a schema: {error}."
            raise UsageError(message) from error
        return cls.from_dict(given)

    @classmethod
    def from_json_schema(cls, document: Mapping[str, Any] | str | os.PathLike[str]) -> Schema:
        """Return the schema of the records that a document of JSON Schema describes.

        Parameters
        ----------
        document
            Of draft 2020-12 or draft-07, or the path of its file.

        Raises
        ------
        NotFoundError
            There is no such file.
        UsageError
            It says what no schema says: of which property, by which keyword.

        Examples
        --------
        >>> age = {"type": "integer", "minimum": 0}
        >>> Schema.from_json_schema({"title": "people", "properties": {"age": age}})
        Schema 'people' 1.0.0, 1 fields
          age: integer, MinValue(0), default None
        """
        from dkdata.validation.exchange import json_schema_reading  # noqa: PLC0415 - it makes schemas

        return json_schema_reading.read(document)

    def to_json_schema(self) -> dict[str, Any]:
        """Return the document of JSON Schema (draft 2020-12) that describes the records.

        What JSON Schema has no words for stands beside its keywords as ``x-dkdata``, so that
        ``from_json_schema`` gives an equal schema.

        Raises
        ------
        UsageError
            The names of two fields are one in JSON.

        Examples
        --------
        >>> people = Schema("people", [Field("age", "integer", required=True)])
        >>> people.to_json_schema()["properties"]
        {'age': {'type': 'integer'}}
        """
        from dkdata.validation.exchange import json_schema_writing  # noqa: PLC0415 - the same

        return json_schema_writing.written(self)

    @classmethod
    def from_pandera(cls, schema: Any) -> Schema:  # noqa: ANN401 - of pandera
        """Return the schema of a ``DataFrameSchema`` or a ``DataFrameModel`` of pandera.

        Raises
        ------
        UsageError
            It says what no schema says: of which column, by which check.
        MissingDependencyError
            pandera is not installed.

        Examples
        --------
        >>> import pandera.pandas as pa
        >>> age = pa.Column(int, pa.Check.ge(0))
        >>> Schema.from_pandera(pa.DataFrameSchema({"age": age}, name="people"))
        Schema 'people' 1.0.0, 1 fields
          age: integer, required, MinValue(0)
        """
        from dkdata.validation.exchange import pandera_reading  # noqa: PLC0415 - it makes schemas

        return pandera_reading.read(schema)

    def to_pandera(self) -> Any:  # noqa: ANN401 - pandera.pandas.DataFrameSchema
        """Return the ``DataFrameSchema`` of pandera that says the same of frames of pandas.

        Raises
        ------
        MissingDependencyError
            pandera is not installed.

        Examples
        --------
        >>> Schema("people", [Field("age", "integer")]).to_pandera().columns["age"]
        <Schema Column(name=age, type=DataType(Int64))>
        """
        from dkdata.validation.exchange import pandera_writing  # noqa: PLC0415 - the same

        return pandera_writing.written(self)

    @property
    def names(self) -> tuple[Any, ...]:
        """The names of the fields."""
        return tuple(field.name for field in self.fields)

    def __getitem__(self, name: Hashable) -> Field:
        for field in self.fields:
            if field.name == name:
                return field
        message = (
            f"schema {self.name!r} has no field {name!r}.{did_you_mean(name, self.names)} There"
            f" are: {listing(self.names)}."
        )
        raise NotFoundError(message)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __bool__(self) -> bool:
        """Be true even without fields, as a suite is."""
        return True

    @property
    def _title(self) -> str:
        return f"{self.version}{', strict' if self.strict else ''}, {len(self):,} fields"

    def __repr__(self) -> str:
        shown = [
            f"  {field.name}: {field.text}{' — ' * bool(field.description)}{field.description}"
            for field in self.fields[:_SHOWN]
        ]
        more = [f"  and {len(self) - _SHOWN:,} more"] if len(self) > _SHOWN else []
        rest = [f"  {rule}" for rule in self.further.expectations[:_SHOWN]]
        told = [f"and {len(self.further):,} further rules", *rest] if rest else []
        return "\n".join([f"Schema {self.name!r} {self._title}", *shown, *more, *told])

    def _repr_html_(self) -> str:
        fields = [(str(one.name), one.text, one.description) for one in self.fields]
        rules = [(rule.place, rule.rule, "further rule") for rule in self.further]
        shown = [*fields[:_SHOWN], *rules[:_SHOWN]]
        return titled_table(
            "schema",
            f"<b>{escape(self.name)}</b> ({escape(self._title)})",
            ("field", "must be", "description"),
            [map(escape, row) for row in shown],
            more=len(fields) + len(rules) - len(shown),
        )
