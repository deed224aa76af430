"""A schema as a suite, and any suite as a schema: lossless both ways."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError
from dkdata.validation.constraints.constraint import Constraint, OfType, Required
from dkdata.validation.expectation import Expectation
from dkdata.validation.schemas.facts import Facts, facts_of, with_facts, without_facts
from dkdata.validation.schemas.field import NO_DEFAULT, Field, is_name
from dkdata.validation.schemas.field_rules import (
    applied,
    constraint_of,
    rule_of,
    type_of_rule,
    type_rule,
)
from dkdata.validation.schemas.schema import Schema
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

_EXISTS: Final = "expect_column_to_exist"
_NOT_NULL: Final = "expect_column_values_to_not_be_null"
_COLUMNS: Final = "expect_table_columns_to_match_set"


def written(schema: Schema) -> Suite:
    """Return the suite of a schema.

    What its rules do not tell (version, defaults, descriptions) stands in its meta, and nothing
    does if they tell everything.
    """
    further = schema.further
    rules = _placed(schema)
    bare = Suite(schema.name, rules, meta=further.meta, notes=further.notes, id=further.id)
    if facts_of(bare) is None:
        if _read(bare, None) == schema:
            return bare
    elif read(bare) == schema:
        return bare
    facts = Facts.of(schema)
    if _is_read(with_facts(bare, facts), facts, schema):
        return with_facts(bare, facts)
    places = schema.places or range(len(rules) - len(further), len(rules))
    return with_facts(bare, facts.telling(places))


def _is_read(suite: Suite, facts: Facts, schema: Schema) -> bool:
    """Whether the schema is read of a suite, none of its further rules as that of a field."""
    try:
        return _read(suite, facts) == schema
    except UsageError:  # such a rule forbids the default of the field
        return False


def read(suite: Suite) -> Schema:
    """Return the schema of a suite, of which ``written`` makes that suite again."""
    facts = facts_of(suite)
    if facts is not None:
        try:
            made = _read(suite, facts)
        except UsageError:  # the facts have been changed by others: the rules count
            return _read(suite, None)
        if written(made) == suite:
            return made
    return _read(suite, None)


def suite_for(schema: Schema, frame: pd.DataFrame) -> Suite:
    """Return the rules of a schema in the form that is right for the columns of a frame."""
    dtypes: dict[Any, Any] = dict(zip(frame.columns, frame.dtypes, strict=True))
    absent = {field.name for field in schema.fields if field.name not in dtypes}
    asked = [field for field in schema.fields if field.name in dtypes or not field.has_default]
    rules = [_columns_rule(field.name for field in asked)] if schema.strict else []
    for field in asked:
        if field.name in absent:
            rules.append(_exists_rule(field.name))
        else:
            rules += [
                applied(rule, field.type, dtypes[field.name]) for rule in _rules_of_field(field)
            ]
    rules += [rule for rule in schema.further if absent.isdisjoint(rule.columns)]
    return schema.further.replaced(rules)


def _exists_rule(name: Any) -> Expectation:  # noqa: ANN401 - any label
    return Expectation(_EXISTS, {"column": name})


def _columns_rule(names: Iterable[Any]) -> Expectation:
    return Expectation(_COLUMNS, {"column_set": list(names)})


def _rules_of_field(field: Field) -> list[Expectation]:
    """Return the rules about one column; that it exists is one where no other says so."""
    name, is_typed = field.name, field.type != "any"
    rules = [type_rule(name, field.type)] if is_typed else []
    rules += [Expectation(_NOT_NULL, {"column": name})] if field.required else []
    rules += [rule_of(name, field.type, constraint) for constraint in field.constraints]
    must_exist = not field.has_default and (is_typed or not rules)
    return [_exists_rule(name), *rules] if must_exist else rules


def _placed(schema: Schema) -> list[Expectation]:
    """Return all rules of a schema, the further ones in their places."""
    rules = [_columns_rule(schema.names)] if schema.strict else []
    rules += [rule for field in schema.fields for rule in _rules_of_field(field)]
    for place, rule in zip(schema.places, schema.further, strict=False):
        rules.insert(place, rule)
    return [*rules, *schema.further.expectations[len(schema.places) :]]


def _read(suite: Suite, facts: Facts | None) -> Schema:
    """Return the schema that the rules of a suite make, with what its facts tell."""
    told = {} if facts is None else facts.fields
    apart = set() if facts is None else set(facts.further)
    numbered = [(number, rule) for number, rule in enumerate(suite) if number not in apart]
    first = numbered.pop(0) if numbered and numbered[0][1].type == _COLUMNS else None
    found: dict[Any, Field] = {}
    taken: set[int] = set()
    for name, run in groupby(numbered, key=lambda pair: _label(pair[1])):
        if name is None or name in found or (facts is not None and name not in told):
            continue
        field, numbers = _field(name, list(run), told.get(name, {}))
        if numbers:
            found[name] = field
            taken |= numbers
    fields = [found.get(name) or Field(name, "any", **rest) for name, rest in told.items()]
    made = tuple(fields) if facts is not None else tuple(found.values())
    is_strict = first is not None and first[1] == _columns_rule(field.name for field in made)
    if first is not None and is_strict:
        taken.add(first[0])
    left = [number for number in range(len(suite)) if number not in taken]
    is_last = left == list(range(len(suite) - len(left), len(suite)))
    return Schema(
        suite.name,
        made,
        version="1.0.0" if facts is None else facts.version,
        strict=is_strict,
        further=Suite(
            suite.name,
            [suite[number] for number in left],
            meta=suite.meta if facts is None else without_facts(suite.meta),
            notes=suite.notes,
            id=suite.id,
        ),
        places=() if is_last else tuple(left),
    )


def _label(rule: Expectation) -> str | int | None:
    """Return the column that a rule is about, if it is about one that a field can have."""
    column = rule.kwargs.get("column")
    return column if is_name(column) else None


def _field(
    name: str | int, run: Sequence[tuple[int, Expectation]], told: Mapping[str, Any]
) -> tuple[Field, set[int]]:
    """Return the field of the first rules about a column, and the numbers of those it says."""
    exists = {run[0][0]} if run[0][1] == _exists_rule(name) else set()
    rest = list(run[len(exists) :])
    taken: set[int] = set()
    field_type = type_of_rule(rest[0][1]) if rest else None
    if field_type is None or bool(exists) is (told.get("default", NO_DEFAULT) is not NO_DEFAULT):
        field_type = "any"
    else:
        taken = exists | {rest.pop(0)[0]}
    required, constraints = False, list[Constraint]()
    for number, rule in rest:
        constraint = constraint_of(rule, field_type)
        if rule == Expectation(_NOT_NULL, {"column": name}) and not (required or constraints):
            required = True
        elif constraint is None or isinstance(constraint, OfType | Required):
            continue
        else:
            constraints.append(constraint)
        taken.add(number)
    field = Field(name, field_type, required=required, constraints=tuple(constraints), **told)
    return field, taken or (set() if field.has_default else exists)
