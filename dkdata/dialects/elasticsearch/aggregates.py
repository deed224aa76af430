"""Aggregates as Elasticsearch is asked for them, where it answers exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from pyarrow import types as is_type

from dkdata.dialects.elasticsearch.conditions import indexed, present
from dkdata.dialects.elasticsearch.figures import Field, Figure
from dkdata.dialects.literals import family

if TYPE_CHECKING:
    from dkdata.dialects.elasticsearch.conditions import Indexed
    from dkdata.dialects.elasticsearch.figures import Body
    from dkdata.query import Aggregate, Measure

Bucket: TypeAlias = "tuple[tuple[Any, ...], Body]"
"""The values that the rows of a group have in common, and what the server tells of them."""

MOST_TERMS = 10_000
"""Groups by one column that are asked for at once."""
PAGE = 50_000
"""Groups of one page; the server makes no more than 65,536 for a request."""
_NUMBERS = ("sum", "mean", "std", "var")


@dataclass(frozen=True)
class Groups:
    """Rows that have values of some fields in common, null being one, and figures of them."""

    keys: tuple[Field, ...]
    figures: tuple[Figure, ...] = ()

    @cached_property
    def _bodies(self) -> list[Body]:
        bodies: list[Body] = []
        for figure in self.figures:
            if figure.body is not None and figure.body not in bodies:
                bodies.append(figure.body)
        return bodies

    @property
    def _inner(self) -> Body:
        named = {f"a{number}": body for number, body in enumerate(self._bodies)}
        return {"aggs": named} if named else {}

    @cached_property
    def _names(self) -> list[str]:
        """The name of the aggregation of each figure."""
        bodies = (figure.body for figure in self.figures)
        return ["" if body is None else f"a{self._bodies.index(body)}" for body in bodies]

    def values(self, told: Body) -> list[Any]:
        """Return the figures of a group.

        Raises
        ------
        NotExactError
            One may be another.
        """
        return [
            figure.value(told["doc_count"], told.get(name, {}))
            for figure, name in zip(self.figures, self._names, strict=True)
        ]

    @property
    def are_few(self) -> bool:
        """Whether one request may tell all of them: those by one column, if any."""
        return len(self.keys) < 2  # noqa: PLR2004 - there is no such request for two

    def first(self) -> Body:
        """Return the first request: for all groups if they may be few, else for a page."""
        match self.keys:
            case ():
                return {"size": 0, "track_total_hits": True, **self._inner}
            case (key,):
                terms = {"terms": {"field": key.name, "size": MOST_TERMS}, **self._inner}
                exists = {"exists": {"field": key.name}}
                null = {"filter": {"bool": {"must_not": [exists]}}, **self._inner}
                return {"size": 0, "aggs": {"groups": terms, "null": null}}
        return self.page(None)

    def page(self, after: Body | None) -> Body:
        """Return the request for the groups that come after others."""
        # The server walks along the index of one column, which for texts takes far longer than to
        # go through all rows, as it does where the last group comes first.
        is_text = len(self.keys) == 1 and is_type.is_large_string(self.keys[0].type)
        order = {"order": "desc"} if is_text else {}
        sources = [
            {f"k{number}": {"terms": {"field": key.name, "missing_bucket": True, **order}}}
            for number, key in enumerate(self.keys)
        ]
        pages: Body = {"size": PAGE, "sources": sources} | ({"after": after} if after else {})
        return {"size": 0, "aggs": {"groups": {"composite": pages, **self._inner}}}

    def all_of(self, answer: Body) -> list[Bucket] | None:
        """Return the groups, which may be few, of the answer to ``first``.

        ``None`` where they are too many for it, and have to be asked for by pages.

        Raises
        ------
        NotExactError
            They may be others.
        """
        if not self.keys:
            return [((), {"doc_count": answer["hits"]["total"]["value"], **_told(answer)})]
        (key,), told = self.keys, _told(answer)
        if told["groups"]["sum_other_doc_count"]:
            return None
        found: list[Bucket] = [((key.shared(b["key"]),), b) for b in told["groups"]["buckets"]]
        return [*found, ((None,), told["null"])] if told["null"]["doc_count"] else found

    def some_of(self, answer: Body) -> list[Bucket]:
        """Return the groups of a page.

        Raises
        ------
        NotExactError
            They may be others.
        """
        return [
            (
                tuple(map(Field.shared, self.keys, bucket["key"].values())),
                bucket,
            )
            for bucket in _told(answer)["groups"]["buckets"]
        ]


def _told(answer: Body) -> Body:
    found: Body = answer.get("aggregations", {})
    return found


@dataclass(frozen=True)
class Grouped:
    """How an aggregate is asked for.

    Parameters
    ----------
    groups
        With all figures but the numbers of different values.
    distinct
        For each of those, by the place of its measure, the groups that are counted.
    """

    groups: Groups
    distinct: dict[int, Groups]


def grouped(aggregate: Aggregate, index: Indexed) -> Grouped | None:
    """Return how an aggregate is asked for; ``None`` where Elasticsearch does not answer exactly.

    What adds floats is left to DuckDB: the sum depends on the order in which it is made. So are
    medians, the first and the last value.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata.dialects.columns import Columns
    >>> from dkdata.dialects.elasticsearch import Indexed
    >>> from dkdata.query import Aggregate, Measure
    >>> schema = pa.schema([("age", pa.int64())])
    >>> people = Indexed(Columns(schema, schema), {"age": "age"})
    >>> eldest = Aggregate(measures=(Measure("eldest", "age", "max"),))
    >>> grouped(eldest, people).groups.first()["aggs"]
    {'a0': {'max': {'field': 'age'}}}
    """
    keys = [field_of(index, name) for name in aggregate.by]
    found = [figure_of(measure, index) for measure in aggregate.measures]
    by = tuple(key for key in keys if key is not None)
    figures = tuple(figure for figure in found if figure is not None)
    if len(by) < len(keys) or len(figures) < len(found):
        return None
    distinct = {
        place: Groups((*by, figure.field))
        for place, figure in enumerate(figures)
        if figure.function == "n_unique" and figure.field is not None
    }
    told = tuple(Figure("size") if place in distinct else f for place, f in enumerate(figures))
    return Grouped(Groups(by, told), distinct)


def field_of(index: Indexed, name: str) -> Field | None:
    """Return the field of a column whose values the index compares as dkdata does."""
    found = indexed(index, name)
    return None if found is None else Field(found[1], found[0].type)


def figure_of(measure: Measure, index: Indexed) -> Figure | None:
    """Return what tells a measure that is known to fit its column."""
    if measure.column is None or measure.function == "size":
        return Figure("size")
    if measure.function == "count":
        kept = present(index, measure.column)
        return None if kept is None else Figure("count", Field(kept[1], kept[0].type))
    found = indexed(index, measure.column)
    if found is None:
        return None
    column, field = found
    is_whole = family(column) in ("integer", "boolean")
    if measure.function in ("min", "max", "n_unique") or (
        measure.function in _NUMBERS and is_whole
    ):
        return Figure(measure.function, Field(field, column.type))
    return None
