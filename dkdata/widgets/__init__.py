"""What notebooks show: the explorer of a frame and its rules, reports, progress."""

from dkdata.widgets.explorer import SchemaExplorer
from dkdata.widgets.static_html import Profile

__all__ = ["Profile", "SchemaExplorer"]
