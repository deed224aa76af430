"""The rules about one column as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.validation.builders.building import Builder, Closed, Options, bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self, Unpack


class AggregateRules(Builder):
    """Rules about a number computed from the column; null values do not count."""

    def _interval(
        self,
        method: str,
        low: Any,  # noqa: ANN401 - any ordered value
        high: Any,  # noqa: ANN401 - the same
        closed: Closed | None,
        options: Options,
    ) -> Self:
        given = bounds(low, high, closed, strict_min=False, strict_max=False)
        return self._rule(method, given, options)

    def min(
        self,
        low: Any = None,  # noqa: ANN401 - any ordered value
        high: Any = None,  # noqa: ANN401 - the same
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect the least value from ``low`` to ``high``."""
        return self._interval("min", low, high, closed, options)

    def max(
        self,
        low: Any = None,  # noqa: ANN401 - any ordered value
        high: Any = None,  # noqa: ANN401 - the same
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect the greatest value from ``low`` to ``high``."""
        return self._interval("max", low, high, closed, options)

    def mean(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect the mean from ``low`` to ``high``."""
        return self._interval("mean", low, high, closed, options)

    def median(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect the median from ``low`` to ``high``."""
        return self._interval("median", low, high, closed, options)

    def stdev(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect the standard deviation (of a sample) from ``low`` to ``high``."""
        return self._interval("stdev", low, high, closed, options)

    def sum(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect the sum from ``low`` to ``high``."""
        return self._interval("sum", low, high, closed, options)

    def unique_count(
        self,
        low: int | None = None,
        high: int | None = None,
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect ``low`` to ``high`` different values."""
        return self._interval("unique_count", low, high, closed, options)

    def proportion_unique(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect the share of different values (0 to 1) from ``low`` to ``high``."""
        return self._interval("proportion_unique", low, high, closed, options)

    def proportion_non_null(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        closed: Closed | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Expect the share of values that are there (0 to 1) from ``low`` to ``high``."""
        return self._interval("proportion_non_null", low, high, closed, options)

    def quantiles(
        self,
        ranges: Mapping[float, tuple[float | None, float | None]],
        *,
        allow_relative_error: bool | str = False,
        **options: Unpack[Options],
    ) -> Self:
        """Expect quantiles within ranges: ``{0.5: (10, 20), 0.95: (None, 90)}``."""
        quantile_ranges = {"quantiles": list(ranges), "value_ranges": list(ranges.values())}
        given = {"quantile_ranges": quantile_ranges, "allow_relative_error": allow_relative_error}
        return self._rule("quantiles", given, options)

    def most_common(
        self, values: Iterable[Any], *, ties_okay: bool = False, **options: Unpack[Options]
    ) -> Self:
        """Expect the most common value to be one of the set."""
        given = {"value_set": values, "ties_okay": ties_okay or None}
        return self._rule("most_common", given, options)

    def distinct_in(self, values: Iterable[Any], **options: Unpack[Options]) -> Self:
        """Expect no value beside those of the set."""
        return self._rule("distinct_in", {"value_set": values}, options)

    def distinct_contains(self, values: Iterable[Any], **options: Unpack[Options]) -> Self:
        """Expect every value of the set to be there."""
        return self._rule("distinct_contains", {"value_set": values}, options)

    def distinct_equals(self, values: Iterable[Any], **options: Unpack[Options]) -> Self:
        """Expect the different values to be exactly those of the set."""
        return self._rule("distinct_equals", {"value_set": values}, options)

    def kl_divergence(  # noqa: PLR0913 - its parameters in Great Expectations
        self,
        partition: Mapping[str, Any],
        threshold: float,
        *,
        internal_weight_holdout: float = 0,
        tail_weight_holdout: float = 0,
        bucketize_data: bool = True,
        low: Any = None,  # noqa: ANN401 - any ordered value
        high: Any = None,  # noqa: ANN401 - the same
        **options: Unpack[Options],
    ) -> Self:
        """Expect the distribution to be near that of ``partition``.

        The Kullback-Leibler divergence from it is less than ``threshold``.
        """
        given = {
            "partition_object": partition,
            "threshold": threshold,
            "internal_weight_holdout": internal_weight_holdout,
            "tail_weight_holdout": tail_weight_holdout,
            "bucketize_data": bucketize_data,
            "min_value": low,
            "max_value": high,
        }
        return self._rule("kl_divergence", given, options)
