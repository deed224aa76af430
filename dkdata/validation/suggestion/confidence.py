"""How sure a rule is that was seen to hold, and what is kept with it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.validation.plain import plain

if TYPE_CHECKING:
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suite import Suite

_RARE: Final = 0.01
"""The share of new rows that may break a rule which names none."""

EXTREMES: Final = 1
"""Exceptions that a range of the least and the greatest value counts for.

The share of new values beyond both is as likely below a limit as that of a rule with one
exception (the tolerance limits of Wilks, 1941). Rounding them outward only makes it surer.
"""

_SURE: Final = 0.95
_SHARES: Final = (0.9999, 0.999, 0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5)


def confidence(rows: int, exceptions: int = 0, mostly: float = 1) -> float:
    """Return how sure it is that few new rows break a rule: at most one in a hundred.

    One minus the chance that as few exceptions, or fewer, would have been seen if one row in a
    hundred broke the rule (Clopper and Pearson, 1934); without exceptions 1 - 0.99**rows, which
    is 0.95 for 299 rows (the rule of three: Hanley and Lippman-Hand, 1983). With ``mostly``, the
    share of the rows that it allows takes the place of one in a hundred, and no rule is surer
    than one of as many rows without exceptions.

    Examples
    --------
    >>> round(confidence(299), 2), round(confidence(1_000, 2, mostly=0.99), 2)
    (0.95, 1.0)
    """
    if mostly == 1:
        return _surpassed(rows, exceptions, _RARE)
    return min(_surpassed(rows, 0, _RARE), _surpassed(rows, exceptions, 1 - mostly))


def _surpassed(rows: int, exceptions: int, share: float) -> float:
    """Return the chance of more exceptions among the rows, where each has that share."""
    if exceptions >= rows * share and exceptions:
        return 0.0  # below a half: not worth the sum
    counts = np.arange(1, exceptions + 1)
    choices = np.concatenate([[0.0], np.cumsum(np.log((rows - counts + 1) / counts))])
    among = np.arange(exceptions + 1)
    logs = choices + among * math.log(share) + (rows - among) * math.log1p(-share)
    return float(1 - min(1.0, np.exp(logs).sum()))


def mostly_for(rows: int, exceptions: int) -> float | None:
    """Return the greatest usual share that the rows, and most likely new ones, reach.

    That is 1 without exceptions, and ``None`` where not even a half is sure.

    Examples
    --------
    >>> mostly_for(1_000_000, 5_000), mostly_for(300, 2), mostly_for(10, 0)
    (0.99, 0.95, 1)
    """
    if exceptions == 0:
        return 1
    sure = (share for share in _SHARES if _surpassed(rows, exceptions, 1 - share) >= _SURE)
    return next(sure, None)


def because(rule: Suite, reason: str, sureness: float, **evidence: Any) -> Expectation:  # noqa: ANN401
    """Return the one rule of a builder, with what speaks for it in its meta."""
    told = {"evidence": plain(evidence), "confidence": round(sureness, 4), "reason": reason}
    return replace(rule[0], meta={"dkdata": told})


def confidence_of(rule: Expectation) -> float:
    """Return how sure a suggested rule is."""
    return float((rule.meta or {})["dkdata"]["confidence"])
