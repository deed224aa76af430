"""The rules about the single values of one column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from dkdata.validation.builders.building import Builder, Closed, Options, bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self, Unpack


class RowRules(Builder):
    """Rules that every value of the column meets, or a share ``mostly`` of them.

    Null values meet all of them but ``not_null``.
    """

    def not_null(self, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect every value to be there."""
        return self._rule("not_null", {}, options, mostly)

    def null(self, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect every value to be missing."""
        return self._rule("null", {}, options, mostly)

    def unique(self, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect no value twice; all rows of a repeated value break the rule."""
        return self._rule("unique", {}, options, mostly)

    def between(  # noqa: PLR0913 - the ends of an interval
        self,
        low: Any = None,  # noqa: ANN401 - any ordered value
        high: Any = None,  # noqa: ANN401 - the same
        *,
        mostly: float = 1,
        strict_min: bool = False,
        strict_max: bool = False,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect values from ``low`` to ``high``; both ends belong to it unless said.

        ``closed`` (``"both"``, ``"left"``, ``"right"``, ``"neither"``) says which ends do;
        ``strict_min`` and ``strict_max`` say the same of one end.
        """
        given = bounds(low, high, closed, strict_min=strict_min, strict_max=strict_max)
        return self._rule("between", given, options, mostly)

    def in_set(
        self, values: Iterable[Any], *, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect values of the set."""
        return self._rule("in_set", {"value_set": values}, options, mostly)

    def not_in_set(
        self, values: Iterable[Any], *, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect no value of the set."""
        return self._rule("not_in_set", {"value_set": values}, options, mostly)

    def of_type(self, name: str, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect values of the type of that name: ``"int64"``, ``"str"``, ``"Timestamp"``."""
        return self._rule("of_type", {"type_": name}, options, mostly)

    def of_types(
        self, names: Iterable[str], *, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect values of one of the types."""
        return self._rule("of_types", {"type_list": names}, options, mostly)

    def length(self, value: int, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect texts of that many characters."""
        return self._rule("length", {"value": value}, options, mostly)

    def length_between(  # noqa: PLR0913 - the ends of an interval
        self,
        low: int | None = None,
        high: int | None = None,
        *,
        mostly: float = 1,
        strict_min: bool = False,
        strict_max: bool = False,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect texts of ``low`` to ``high`` characters; ends as in ``between``."""
        given = bounds(low, high, closed, strict_min=strict_min, strict_max=strict_max)
        return self._rule("length_between", given, options, mostly)

    def matches(self, regex: str, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect texts in which the regular expression is found (anchor it to match all)."""
        return self._rule("matches", {"regex": regex}, options, mostly)

    def not_matches(self, regex: str, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect texts in which the regular expression is not found."""
        return self._rule("not_matches", {"regex": regex}, options, mostly)

    def matches_any(
        self, regexes: Iterable[str], *, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect texts in which one of the regular expressions is found."""
        return self._rule("matches_any", {"regex_list": regexes}, options, mostly)

    def matches_all(
        self, regexes: Iterable[str], *, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect texts in which all of the regular expressions are found."""
        given = {"regex_list": regexes, "match_on": "all"}
        return self._rule("matches_any", given, options, mostly)

    def not_matches_any(
        self, regexes: Iterable[str], *, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect texts in which none of the regular expressions is found."""
        return self._rule("not_matches_any", {"regex_list": regexes}, options, mostly)

    def like(
        self,
        pattern: str,
        *,
        escape: str | None = None,
        mostly: float = 1,
        **options: Unpack[Options],
    ) -> Self:
        """Expect texts like the SQL pattern: ``%`` is any text, ``_`` any character."""
        return self._rule("like", {"like_pattern": pattern, "escape": escape}, options, mostly)

    def not_like(
        self,
        pattern: str,
        *,
        escape: str | None = None,
        mostly: float = 1,
        **options: Unpack[Options],
    ) -> Self:
        """Expect texts unlike the SQL pattern."""
        return self._rule("not_like", {"like_pattern": pattern, "escape": escape}, options, mostly)

    def like_any(
        self,
        patterns: Iterable[str],
        *,
        escape: str | None = None,
        mostly: float = 1,
        **options: Unpack[Options],
    ) -> Self:
        """Expect texts like one of the SQL patterns."""
        given = {"like_pattern_list": patterns, "escape": escape}
        return self._rule("like_any", given, options, mostly)

    def like_all(
        self,
        patterns: Iterable[str],
        *,
        escape: str | None = None,
        mostly: float = 1,
        **options: Unpack[Options],
    ) -> Self:
        """Expect texts like all of the SQL patterns."""
        given = {"like_pattern_list": patterns, "match_on": "all", "escape": escape}
        return self._rule("like_any", given, options, mostly)

    def not_like_any(
        self,
        patterns: Iterable[str],
        *,
        escape: str | None = None,
        mostly: float = 1,
        **options: Unpack[Options],
    ) -> Self:
        """Expect texts unlike all of the SQL patterns."""
        given = {"like_pattern_list": patterns, "escape": escape}
        return self._rule("not_like_any", given, options, mostly)

    def increasing(
        self, *, strictly: bool = False, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect no value to be less than the one in the row before."""
        return self._rule("increasing", {"strictly": strictly or None}, options, mostly)

    def decreasing(
        self, *, strictly: bool = False, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect no value to be greater than the one in the row before."""
        return self._rule("decreasing", {"strictly": strictly or None}, options, mostly)

    def strftime(self, pattern: str, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect texts that ``datetime.strptime`` reads with that format."""
        return self._rule("strftime", {"strftime_format": pattern}, options, mostly)

    def dateutil_parseable(self, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect texts that ``dateutil`` reads as a time."""
        return self._rule("dateutil_parseable", {}, options, mostly)

    def json_parseable(self, *, mostly: float = 1, **options: Unpack[Options]) -> Self:
        """Expect texts that are JSON."""
        return self._rule("json_parseable", {}, options, mostly)

    def json_schema(
        self, schema: Mapping[str, Any], *, mostly: float = 1, **options: Unpack[Options]
    ) -> Self:
        """Expect JSON texts that meet the JSON Schema."""
        return self._rule("json_schema", {"json_schema": schema}, options, mostly)

    def z_score_below(
        self,
        threshold: float,
        *,
        double_sided: bool = True,
        mostly: float = 1,
        **options: Unpack[Options],
    ) -> Self:
        """Expect values fewer than ``threshold`` standard deviations from the mean.

        With ``double_sided=False``, only above it.
        """
        given = {"threshold": threshold, "double_sided": double_sided}
        return self._rule("z_score_below", given, options, mostly)

    def not_outlier(
        self,
        *,
        method: Literal["iqr", "std"] = "iqr",
        multiplier: float = 1.5,
        mostly: float = 1,
        **options: Unpack[Options],
    ) -> Self:
        """Expect no outlier: beyond ``multiplier`` interquartile ranges or deviations."""
        given = {"method": method, "multiplier": multiplier}
        return self._rule("not_outlier", given, options, mostly)
