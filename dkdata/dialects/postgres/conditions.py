"""The part of a predicate that PostgreSQL answers exactly, and the part that is left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dkdata import predicate as p
from dkdata.dialects.fragment import Fragment, join
from dkdata.dialects.literals import Point, family, place
from dkdata.dialects.postgres.binding import bound
from dkdata.dialects.postgres.regexes import translated
from dkdata.dialects.postgres.relation import Operand, native_uuid, nullable, operand
from dkdata.dialects.sql import NOTHING, where_sql
from dkdata.predicate import tree
from dkdata.values import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.dialects.postgres.relation import Relation
    from dkdata.predicate import Operator, Predicate
    from dkdata.values import Value

_PLACES = {"starts_with": "{}%", "ends_with": "%{}", "contains": "%{}%"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AT_NUL = {"<": "<=", "<=": "<=", ">": ">", ">=": ">"}
# The only characters outside of ASCII whose small letters are in it.
_LARGE, _SMALL = "\u0130\u212a", "ik"


def condition(
    predicate: Predicate | None, relation: Relation
) -> tuple[Fragment | None, Predicate | None]:
    """Return what PostgreSQL answers exactly of a predicate, and the predicate that is left.

    A row is kept if both are true of it. Only a conjunction is divided.

    Returns
    -------
    tuple
        A condition with ``%s`` for each value (``%`` is doubled elsewhere), or ``None`` if nothing
        can be answered; what is left, or ``None`` if nothing is.

    Raises
    ------
    ColumnNotFoundError, QueryError
        The predicate does not fit the columns.

    Examples
    --------
    >>> from dkdata.dialects.postgres.relation import Kept, Relation
    >>> import pyarrow as pa
    >>> schema = pa.schema([("age", pa.int64())])
    >>> people = Relation("people", schema, {"age": Kept("bigint")})
    >>> condition((p.col("age") > 36.5) & p.as_predicate("age % 2 = 0"), people)
    (Fragment(sql='"age" > CAST(%s AS bigint)', parameters=(36,)), sql('(((age % 2) = 0))'))
    """
    if predicate is None:
        return None, None
    where_sql(predicate, relation.meaning.find)
    return divided(predicate, relation)


def divided(predicate: Predicate, relation: Relation) -> tuple[Fragment | None, Predicate | None]:
    """Return the parts of ``condition`` of a predicate that is known to fit the columns."""
    pushed, left = tree.divided(predicate, lambda part: _sql(part, relation))
    return join(" AND ", pushed, "TRUE") if pushed or left is None else None, left


def _sql(predicate: Predicate, relation: Relation) -> Fragment | None:
    """Return a predicate with negations on its leaves as a whole, or ``None``."""
    match predicate:
        case p.And(parts):
            return _joined(" AND ", (_sql(part, relation) for part in parts), "TRUE")
        case p.Or(parts):
            return _joined(" OR ", (_sql(part, relation) for part in parts), "FALSE")
        case p.Between():
            return _sql(predicate.expanded(), relation)
        case p.Not(part):
            return _leaf(part, relation, negated=True)
    return _leaf(predicate, relation, negated=False)


def _joined(glue: str, parts: Iterable[Fragment | None], empty: str) -> Fragment | None:
    whole = list[Fragment]()
    for part in parts:
        if part is None:
            return None
        whole.append(part)
    return join(glue, whole, empty)


def _leaf(leaf: Predicate, relation: Relation, *, negated: bool) -> Fragment | None:
    match leaf:
        case p.Compare(name, op, value):
            return _compare(relation, name, op, value)
        case p.IsIn(name, values):
            return _is_in(relation, name, values, negated=negated)
        case p.IsNull(name):
            sql = nullable(relation, name)
            test = "IS NOT NULL" if negated else "IS NULL"
            return None if sql is None else Fragment(f"{sql} {test}")
        case p.Flag(name):
            return _flag(relation, name, negated=negated)
        case p.Constant(value):
            return Fragment("TRUE") if value is not None and value != negated else NOTHING
        case p.Like() | p.TextMatch() | p.Regex():
            return _on_text(leaf, relation, negated=negated)
    return None


def _compare(relation: Relation, name: str, op: Operator, value: Value) -> Fragment | None:
    if value is None:
        return NOTHING
    found = operand(relation, name, value)
    if isinstance(value, Ref):
        other = operand(relation, value.name)
        return _pair(found, op, other) if found and other else None
    if found is None:
        return None
    placed = place(op, found.column, value)
    if not isinstance(placed, Point):
        return _always(found, is_true=placed)
    if isinstance(placed.value, str) and "\0" in placed.value:
        return _with_nul(found, placed.op, placed.value)
    native = _native(relation, name, [placed])
    return _at(native or found, placed)


def _always(found: Operand, *, is_true: bool) -> Fragment:
    return Fragment(f"{found.column.sql} IS NOT NULL") if is_true else NOTHING


def _native(relation: Relation, name: str, points: list[Point]) -> Operand | None:
    """Return a UUID as such, whose order is that of its text."""
    values = [point.value for point in points]
    is_uuid = all(isinstance(value, str) and _UUID.fullmatch(value) for value in values)
    return native_uuid(relation, name) if is_uuid else None


def _with_nul(found: Operand, op: Operator, value: str) -> Fragment:
    """Compare with a text that PostgreSQL cannot hold: where it would lie among those it can."""
    if op in ("==", "!="):
        return _always(found, is_true=op == "!=")
    return Fragment(f"{found.ordered} {_AT_NUL[op]} %s", (value.partition("\0")[0],))


def _at(found: Operand, point: Point) -> Fragment:
    sql = found.same if point.op in ("==", "!=") else found.ordered
    value = (bound(found, point.value),)
    return Fragment(f"{sql} {_sign(point.op)} CAST(%s AS {found.bound})", value)


def _sign(op: Operator) -> str:
    return {"==": "=", "!=": "<>"}.get(op, op)


def _pair(left: Operand, op: Operator, right: Operand) -> Fragment | None:
    """Compare columns of the same kind, which are counted in the same unit."""
    kinds = {family(left.column), family(right.column)}
    is_exact = kinds <= {"integer", "decimal"}
    is_plain = len(kinds) == 1 and kinds <= {"text", "boolean", "binary", "float"}
    is_same = left.column.type == right.column.type and left.bound == right.bound
    if not (is_exact or is_plain or (len(kinds) == 1 and is_same)):
        return None
    return Fragment(f"{left.ordered} {_sign(op)} {right.ordered}")


def _is_in(
    relation: Relation, name: str, values: tuple[Value, ...], *, negated: bool
) -> Fragment | None:
    given = [value for value in values if value is not None]
    if len(given) < len(values) and negated:
        return NOTHING
    like = given[0] if given and len(set(map(type, given))) == 1 else None
    found = operand(relation, name, like)
    if found is None:
        return None
    placed = [place("==", found.column, value) for value in given]
    points = [point for point in placed if isinstance(point, Point) and _can_be(point.value)]
    if not points:
        return _always(found, is_true=negated)
    found = _native(relation, name, points) or found
    test = "<> ALL" if negated else "= ANY"
    listed = ([bound(found, point.value) for point in points],)
    return Fragment(f"{found.same} {test} (CAST(%s AS {found.bound}[]))", listed)


def _can_be(value: object) -> bool:
    return not (isinstance(value, str) and "\0" in value)


def _flag(relation: Relation, name: str, *, negated: bool) -> Fragment | None:
    found = operand(relation, name, like=True)
    if found is None:
        return None
    return Fragment(f"(NOT {found.column.sql})" if negated else found.column.sql)


def _on_text(
    leaf: p.Like | p.TextMatch | p.Regex, relation: Relation, *, negated: bool
) -> Fragment | None:
    found = operand(relation, leaf.column, like="")
    if found is None or found.bound != "text":
        return None
    told = leaf.text if isinstance(leaf, p.TextMatch) else leaf.pattern
    if "\0" in told:
        return None if isinstance(leaf, p.Regex) else _always(found, is_true=negated)
    matching = _matching(found, leaf)
    if matching is None:
        return None
    return Fragment(f"(NOT {matching.sql})", matching.parameters) if negated else matching


def _matching(found: Operand, leaf: p.Like | p.TextMatch | p.Regex) -> Fragment | None:
    match leaf:
        case p.Like(_, pattern, insensitive=True):
            return _insensitively(found, pattern)
        case p.Like(_, pattern):
            return Fragment(f"{found.same} LIKE %s ESCAPE ''", (pattern,))
        case p.TextMatch(_, where, text):
            literal = re.sub(r"([\\%_])", r"\\\1", text)
            return Fragment(f"{found.same} LIKE %s", (_PLACES[where].format(literal),))
        case p.Regex(_, pattern):
            told = translated(pattern)
            return None if told is None else Fragment(f"{found.ordered} ~ %s", (told,))


def _insensitively(found: Operand, pattern: str) -> Fragment | None:
    """Match small and large letters of ASCII alike; those of other scripts are left to DuckDB."""
    if not pattern.isascii():
        return None
    if not set(pattern.lower()) & set(_SMALL):
        return Fragment(f"{found.ordered} ILIKE %s ESCAPE ''", (pattern,))
    sql = f"translate({found.column.sql}, %s, '{_SMALL}') COLLATE \"C\" ILIKE %s ESCAPE ''"
    return Fragment(sql, (_LARGE, pattern))
