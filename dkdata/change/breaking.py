"""Breaking: reasons why rows of either side may not meet the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dkdata.change.comparison import Breaks


def breaks_of(backward: str, forward: str) -> Breaks:
    """Return which compatibility two reasons break; an empty reason breaks none.

    Examples
    --------
    >>> breaks_of("it forbids null", "")
    'backward'
    """
    if backward and forward:
        return "both"
    if backward:
        return "backward"
    return "forward" if forward else ""


def why_of(backward: str, forward: str, otherwise: str = "") -> str:
    """Return the reasons in one text, each once.

    Examples
    --------
    >>> why_of("", "", "nothing breaks")
    'nothing breaks'
    """
    return "; ".join(dict.fromkeys(filter(None, (backward, forward)))) or otherwise
