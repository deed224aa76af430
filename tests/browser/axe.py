"""What axe-core finds wrong for people who cannot see the page, or use no mouse."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.services import places
from tests.services.places import UnavailableError

if TYPE_CHECKING:
    from playwright.sync_api import Locator

_PACKAGE = "axe-core@4.14.1"
_SCRIPT = Path("node_modules") / "axe-core" / "axe.min.js"
# Brought by `npm ci` in the folder of the widgets' sources.
BUNDLED = Path(__file__).parent.parent.parent / "dkdata" / "widgets" / "js" / _SCRIPT
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
_RUN = """async (element, rules) => {
    const {violations} = await axe.run(element, {runOnly: {type: "tag", values: rules}});
    return violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html}`));
}"""


def violations(element: Locator, script: str) -> list[str]:
    """Return where an element and what is in it breaks WCAG 2.1 AA: ``["label: <input>"]``."""
    page = element.page
    if not page.evaluate("'axe' in window"):
        page.evaluate(script)
    return element.evaluate(_RUN, _RULES)


def script(*, install: bool) -> str:
    """Return the script of axe-core; fetch it where it is not there, if that is wanted."""
    if BUNDLED.exists():
        return BUNDLED.read_text()
    folder = places.home() / "axe"
    with places.locked(places.home() / "axe.lock"):
        if install and not (folder / _SCRIPT).exists():
            _fetch(folder)
    if not (folder / _SCRIPT).exists():
        message = f"axe-core is not in {BUNDLED}: `npm ci` brings it"
        raise UnavailableError(message)
    return (folder / _SCRIPT).read_text()


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        message = f"axe-core is not in {BUNDLED}: `npm ci` brings it, and npm is not here"
        raise UnavailableError(message)
    fetch = [npm, "install", "--no-save", "--ignore-scripts", "--prefix", str(folder), _PACKAGE]
    done = subprocess.run(fetch, check=False, capture_output=True, text=True)
    if done.returncode:
        message = f"{_PACKAGE} could not be installed by npm: {done.stderr.strip()[-300:]}"
        raise UnavailableError(message)
