"""Anything that can be explored as a source."""

from __future__ import annotations

from typing import Any, TypeAlias

from dkdata.widgets.sources.frames import FrameSource
from dkdata.widgets.sources.tables import TableSource

Explored: TypeAlias = FrameSource | TableSource


def opened(data: Any) -> tuple[Explored, str]:  # noqa: ANN401 - any frame or table
    """Return what is to be explored as a source, and what it is called."""
    if hasattr(data, "location") and hasattr(data, "reader"):
        return TableSource(data), data.location.table
    return FrameSource(data), "frame"
