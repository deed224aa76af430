"""An explorer in a page, found as a user of a screen reader finds its parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lab import Lab

PREPARE = """import os
os.environ["DKDATA_HOME"] = os.path.abspath(".dkdata")
import numpy as np, pandas as pd
import dkdata as dk"""
PEOPLE = """people = pd.DataFrame({
    "age": [36, 41, None, 410, 7],
    "name": ["Ada", "Bo", None, "Cy", "Di"],
    "state": ["NY", "CA", "NY", "TX", "NY"],
}, index=[10, 11, 12, 13, 14])
"""
SHOW = "explorer = dk.explore(people); explorer"
SHOW_PEOPLE = PEOPLE + SHOW
RULED = PEOPLE + (
    "suite = [*dk.expect('age').between(0, 120), *dk.expect('state').in_set(['NY', 'CA'])]\n"
    "explorer = dk.explore(people, suite); explorer"
)

_MOST_TABS = 40
_HAS_FOCUS = "element => element === document.activeElement"


class Shown:
    """What a cell shows of an explorer."""

    def __init__(self, lab: Lab, cell: int) -> None:
        self.lab = lab
        self.page = lab.page
        self.box = lab.output(cell)

    @property
    def root(self) -> Locator:
        """All of it, without the report that it hides."""
        return self.box.locator("[data-lm-suppress-shortcuts]").first

    @property
    def rows(self) -> Locator:
        """The grid of rows."""
        return self.box.get_by_role("grid", name="Rows of the data")

    @property
    def columns(self) -> Locator:
        """The list of columns."""
        return self.box.get_by_role("grid", name="Columns of the data")

    @property
    def rules(self) -> Locator:
        """The list of rules."""
        return self.box.get_by_role("grid", name="Expectations", exact=True)

    @property
    def panel(self) -> Locator:
        """The panel in front."""
        return self.box.get_by_role("tabpanel")

    def region(self, name: str) -> Locator:
        """A part of a panel."""
        return self.box.get_by_role("region", name=name, exact=True)

    def button(self, name: str) -> Locator:
        """A button by its exact name."""
        return self.box.get_by_role("button", name=name, exact=True)

    def field(self, name: str) -> Locator:
        """A field by its exact label."""
        return self.box.get_by_label(name, exact=True)

    def go(self, panel: str) -> None:
        """Bring a panel to the front."""
        tab = self.box.get_by_role("tab", name=re.compile(f"^{panel}"))
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")

    def column(self, name: str) -> Locator:
        """The first column in the list whose name has that text."""
        return self.columns.get_by_role("rowheader").filter(has_text=name).first

    def choose(self, name: str) -> None:
        """Open the detail of a column, and wait until all of it is there."""
        self.column(name).click()
        expect(self.panel.get_by_role("heading", level=3)).to_contain_text(name)
        expect(self.panel.get_by_text("values", exact=True)).to_be_visible()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, wanted: Locator, key: str = "Tab") -> None:
        """Press Tab until something has the focus."""
        for _ in range(_MOST_TABS):
            if wanted.evaluate(_HAS_FOCUS):
                break
            self.page.keyboard.press(key)
        expect(wanted).to_be_focused()

    def row(self, number: int) -> Locator:
        """A row of the grid, counted from 0 in the present view."""
        return self.rows.locator(f"[role=row][aria-rowindex='{number + 2}']")

    def expect_row(self, number: int, *cells: str) -> None:
        """Expect the cells of a row, without its label."""
        expect(self.row(number).get_by_role("gridcell")).to_have_text(list(cells))

    def rule(self, text: str) -> Locator:
        """A rule in the list."""
        is_rule = self.page.get_by_role("rowheader")
        return self.rules.get_by_role("row").filter(has=is_rule, has_text=text)

    def found(self, text: str) -> Locator:
        """What the list of rules says of a rule."""
        return self.rule(text).get_by_role("gridcell").nth(1)
