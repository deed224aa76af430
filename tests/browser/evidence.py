"""What is left of a page whose test failed: how it looked, what it was, what it said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Error

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).parent.parent.parent / "build" / "browser"


def keep(page: Page, test: str, folder: Path = FOLDER) -> Path:
    """Write the screenshot and the source of a page, and return the path of the former."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.=-]+", "_", test.rpartition("/")[2])
    image = folder / f"{name}.png"
    try:
        image.with_suffix(".html").write_text(page.content())
        page.screenshot(path=image)
    except Error as error:  # the page has crashed
        image.with_suffix(".txt").write_text(str(error))
    return image
