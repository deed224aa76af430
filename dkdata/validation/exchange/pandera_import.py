"""Pandera, which is imported when it is needed."""

from __future__ import annotations

from typing import Any

from dkdata.errors import MissingDependencyError


def imported(purpose: str) -> Any:  # noqa: ANN401 - a module
    """Return pandera for pandas.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    try:
        import pandera.pandas as pandera  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingDependencyError("pandera", purpose) from error
    return pandera
