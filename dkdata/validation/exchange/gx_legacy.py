"""Single rules in the form of Great Expectations 0.18."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, shortened
from dkdata.validation.answering import conditions
from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.catalogue import BY_TYPE, CONSTRAINT
from dkdata.validation.plain import plain

if TYPE_CHECKING:
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suite import Suite

VERSION: Final = "0.18"
_WRITTEN_BY: Final = "0.18.22"
_RENAMED: Final[Mapping[str, str]] = {
    "expect_column_pair_values_A_to_be_greater_than_B": (
        "expect_column_pair_values_a_to_be_greater_than_b"
    ),
    "expect_multicolumn_values_to_be_unique": (
        "expect_select_column_values_to_be_unique_within_record"
    ),
}
_REMOVED: Final = (
    "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than",
    "expect_column_chisquare_test_p_value_to_be_greater_than",
    "expect_column_pair_cramers_phi_value_to_be_less_than",
    "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than",
)
_AS_TIMES: Final = "parse_strings_as_datetimes"
_GONE: Final = (
    "auto", "profiler_config", "include_config", _AS_TIMES, "allow_cross_type_comparisons",
    "output_strftime_format", "ge_cloud_id",
)  # fmt: skip
"""Parameters that 0.18 wrote into every rule and 1.x does not know."""

_LATER: Final = (
    "expect_column_proportion_of_non_null_values_to_be_between",
    "expect_column_type_to_be",
    "expect_column_values_to_not_be_outliers",
    "expect_multicolumn_values_to_be_equal",
    "expect_query_results_to_match_comparison",
    CONSTRAINT.type,
)
"""Rules that 0.18 does not have."""

_UNBOUNDED: Final = ("min_value", "max_value")
_STRICT: Final = ("strict_min", "strict_max")
_LATER_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "expect_column_kl_divergence_to_be_less_than": _UNBOUNDED,
    "expect_column_unique_value_count_to_be_between": _STRICT,
    "expect_column_values_to_match_like_pattern": ("escape",),
    "expect_column_values_to_match_like_pattern_list": ("escape",),
    "expect_column_values_to_not_match_like_pattern": ("escape",),
    "expect_column_values_to_not_match_like_pattern_list": ("escape",),
    "expect_table_row_count_to_be_between": _STRICT,
}
"""Parameters of rules that 0.18 does not have."""

_OWNER, _NAME = "dkdata", "gx"
_GRAMMAR: Final = "great_expectations__experimental__"


def kwargs_of(rule_type: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a rule of 0.18 as 1.x has them.

    Raises
    ------
    UsageError
        1.x has no such rule, or nothing that means the same.

    Examples
    --------
    >>> kwargs_of("expect_column_to_exist", {"column": "a", "column_index": None, "auto": False})
    {'column': 'a'}
    """
    new = _RENAMED.get(str(rule_type))
    if new is not None:
        message = f"{rule_type} is called {new} in Great Expectations 1.x. Write that."
        raise UsageError(message)
    if rule_type in _REMOVED:
        message = f"{rule_type} is not in Great Expectations any more. Leave it out."
        raise UsageError(message)
    told = {name: value for name, value in given.items() if value is not None}
    for name in _GONE:
        if told.pop(name, None):
            raise _gone(rule_type, name, given[name])
    if told.get("condition_parser") == "python":
        message = (
            f"{rule_type}: condition_parser='python' is not in Great Expectations 1.x. Write the"
            " row_condition for condition_parser='pandas', where & | bind as and, or."
        )
        raise UsageError(message)
    return told


def _gone(rule_type: object, name: str, value: object) -> UsageError:
    way = "Remove it."
    if name == _AS_TIMES:
        way = "Remove it, and make times of the text first: dk.coerce(frame, schema)."
    return UsageError(
        f"{rule_type}: {name}={shortened(value)} is not in Great Expectations 1.x. {way}"
    )


def told_by(meta: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - JSON
    """Return the meta of a rule or a suite, and apart from it what was put into it for 0.18."""
    kept = dict(meta or {})
    owned = kept.get(_OWNER)
    if not isinstance(owned, Mapping) or not isinstance(owned.get(_NAME), Mapping):
        return kept, {}
    rest = {name: value for name, value in owned.items() if name != _NAME}
    kept.pop(_OWNER)
    return kept | ({_OWNER: rest} if rest else {}), dict(owned[_NAME])


def suite_to_dict(suite: Suite) -> dict[str, Any]:
    """Return a suite as Great Expectations 0.18 writes it in JSON.

    Raises
    ------
    UsageError
        It has a rule that 0.18 does not have.
    """
    meta, notes = plain(suite.meta or {}), suite.notes
    if notes is not None:
        meta = _with_own(meta, {"notes": list(notes) if isinstance(notes, tuple) else notes})
    return {
        "expectation_suite_name": suite.name,
        "ge_cloud_id": suite.id,
        "expectations": [_placed(suite, number) for number in range(len(suite))],
        "data_asset_type": None,
        "meta": {**meta, "great_expectations_version": _WRITTEN_BY},
    }


def _placed(suite: Suite, number: int) -> dict[str, Any]:
    try:
        return rule_to_dict(suite[number])
    except UsageError as error:
        message = f"{suite.place_of(number)}: {error}"
        raise UsageError(message) from error


def rule_to_dict(rule: Expectation) -> dict[str, Any]:
    """Return a rule as Great Expectations 0.18 writes it in JSON.

    Severity, notes and description, which 0.18 does not have, stand in its meta.

    Raises
    ------
    UsageError
        0.18 has no such rule, parameter or condition.

    Examples
    --------
    >>> from dkdata.validation.builders.builder import expect
    >>> rule_to_dict(expect("a").not_null()[0])["expectation_type"]
    'expect_column_values_to_not_be_null'
    """
    if rule.type in _LATER:
        message = f"Great Expectations {VERSION} has no such expectation. Leave it out."
        raise UsageError(message)
    kwargs = dict(rule.kwargs)
    for name in _LATER_PARAMETERS.get(rule.type, ()):
        default = BY_TYPE[rule.type].parameters[name]
        if kwargs.pop(name, default) != default:
            message = (
                f"{name}={shortened(rule.kwargs[name])} is not in Great Expectations {VERSION}."
                " Leave it out."
            )
            raise UsageError(message)
    written = rule.to_dict()
    names = ("severity", "notes", "description")
    own = {name: written[name] for name in names if name in written}
    meta = written["meta"]
    made = {
        "expectation_type": rule.type,
        "kwargs": plain(kwargs | _condition(kwargs)),
        "meta": meta if own == {"severity": "critical"} else _with_own(meta, own),
    }
    return made | ({"ge_cloud_id": rule.id} if rule.id else {})


def _with_own(meta: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    owned = meta.get(_OWNER)
    return {**meta, _OWNER: {**(owned if isinstance(owned, Mapping) else {}), _NAME: told}}


def _condition(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row condition as the text that 0.18 reads."""
    given, parser = kwargs.get("row_condition"), kwargs.get("condition_parser")
    if given is None:
        return {}
    if isinstance(given, str):
        is_grammar = str(parser).startswith("great_expectations")
        return {"condition_parser": _GRAMMAR if is_grammar else parser or "pandas"}
    try:
        text = conditions.query_of(conditions.canonical(given, parser))
    except NotCompiledError as error:
        message = (
            f"row_condition={shortened(given)} cannot be written as the text of a pandas query,"
            f" which Great Expectations {VERSION} reads. Write it as text."
        )
        raise UsageError(message) from error
    return {"row_condition": text, "condition_parser": "pandas"}
