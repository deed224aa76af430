"""The constraints of schemas as a genuine expectation of Great Expectations."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import pandas as pd

from dkdata.validation.constraints.evaluating import failing
from dkdata.validation.constraints.reading import constraint_from_json


@cache
def register() -> None:
    """Make Great Expectations know the type, once: its classes register themselves."""
    from great_expectations.execution_engine import (  # noqa: PLC0415 - takes seconds
        PandasExecutionEngine,
    )
    from great_expectations.expectations.expectation import ColumnMapExpectation  # noqa: PLC0415
    from great_expectations.expectations.metrics.map_metric_provider import (  # noqa: PLC0415
        ColumnMapMetricProvider,
        column_condition_partial,
    )

    class ColumnValuesMeetConstraint(ColumnMapMetricProvider):
        """Which values of a column of pandas meet a constraint."""

        condition_metric_name = "column_values.meet_constraint"
        condition_value_keys = ("constraint",)
        filter_column_isnull = False  # some constraints are about nulls

        @column_condition_partial(engine=PandasExecutionEngine)
        def _pandas(
            self,
            column: pd.Series[Any],
            constraint: dict[str, Any],
            **_: Any,  # noqa: ANN401 - what the engine adds
        ) -> pd.Series[Any]:
            rows = failing(constraint_from_json(constraint), column).rows
            return pd.Series(~rows, index=column.index)

    class ExpectColumnValuesToMeetConstraint(ColumnMapExpectation):
        """Expect the values of a column to meet a constraint, given as its JSON tree."""

        constraint: dict[str, Any]

        map_metric: ClassVar[str] = "column_values.meet_constraint"
        success_keys: ClassVar[tuple[str, ...]] = ("constraint", "mostly")
        args_keys: ClassVar[tuple[str, ...]] = ("column", "constraint")
