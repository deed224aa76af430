"""Changes: what differs between two schemas, and which rows each of them can read."""

from dkdata.change.comparing import compare
from dkdata.change.comparison import Change, Comparison, Target
from dkdata.change.side import Side, side_of

__all__ = ["Change", "Comparison", "Side", "Target", "compare", "side_of"]
