"""Drives a notebook in JupyterLab as its user does, and looks into its kernel."""

from __future__ import annotations

import ast
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from playwright.sync_api import TimeoutError as PageTimeoutError

from tests.browser.kernels import CURRENT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.jupyter import Jupyter
    from tests.browser.watching import Watch

LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
# What the front ends report themselves: of a method that no script of ours calls (seen once; why is
# not known), of a kernel that ends soon, and on pages of Notebook 7.
_OWN_ERRORS = (
    "Failed to execute 'removeChild' on 'Node'",
    "Could not restore the debugger state",
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered",
)
_STARTS = 3
_START_MILLISECONDS, _ANSWER_MILLISECONDS = 30_000, 15_000
_SAVES_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"

# A kernel that is idle may not listen yet: what is asked before it is connected is lost.
_READY = """path => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    const kernel = panel?.sessionContext?.session?.kernel;
    return panel?.context?.path === path && panel.context.isReady && panel.sessionContext.isReady
        && kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
_OPEN = "path => void window.jupyterapp.commands.execute('docmanager:open', {path})"
_START = """cell => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = cell;
    window.running = window.jupyterapp.commands.execute("notebook:run-cell");
}"""
_RAN = """async cell => {
    await window.running;
    return window.jupyterapp.shell.currentWidget.content.widgets[cell].model.outputs.toJSON();
}"""
# A new kernel may be deaf: it is idle, or never comes to be, and answers nothing that it is asked.
_ANSWERS = """async milliseconds => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const late = new Promise(resolve => setTimeout(resolve, milliseconds, "late"));
    const asked = kernel.requestExecute({code: "", store_history: false, silent: true}).done;
    return await Promise.race([asked, late]) !== "late";
}"""
_ASK = """async ([code, expression]) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const asked = {code, store_history: false, user_expressions: {asked: expression}};
    const {content} = await kernel.requestExecute(asked).done;
    return content.status === "ok" ? content.user_expressions.asked : content;
}"""
_RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"
_INTERRUPT = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
_CHANGE_THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
_HAS_THEME = "theme => document.body.dataset.jpThemeName === theme"
_CLOSE = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.sessionContext.shutdown();
    panel.dispose();
}"""
_SAVE = """async ([command, wanted]) => {
    const {commands} = window.jupyterapp;
    if (commands.isToggled(command) !== wanted) await commands.execute(command);
    await commands.execute("docmanager:save");
}"""


class CellError(Exception):
    """A cell or an expression that ends with an error in the kernel."""


class Lab:
    """A page of JupyterLab, or of Notebook 7, and the notebook that it shows."""

    def __init__(self, page: Page, jupyter: Jupyter, watch: Watch, place: str = "lab/tree") -> None:
        self.page = page
        self.watch = watch
        self._jupyter = jupyter
        self._place = place
        self._path = ""
        self._kernel = ""
        self._cells = 0
        watch.ignore(*_OWN_ERRORS)

    @property
    def folder(self) -> Path:
        """The folder of the notebook, in which its kernel works."""
        return (self._jupyter.notebooks / self._path).parent

    def open(self, *cells: str, kernel: str = CURRENT) -> None:
        """Open a new notebook of these cells, with a new kernel; a second one in the same page."""
        loaded = self._path != ""
        self._path = self._jupyter.written(cells, kernel)
        self._kernel = kernel
        self._cells = len(cells)
        if loaded:
            self._jupyter.start_kernel(self._path, kernel)
            self.page.evaluate(_OPEN, self._path)
            self._wait_until_it_answers()
        else:
            self._load()

    def _load(self) -> None:
        self._jupyter.start_kernel(self._path, self._kernel)
        self.page.goto(self._jupyter.address(self._place, self._path, reset=""))
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        """Wait until the new kernel answers; one that does not is restarted, as a user would."""
        for _ in range(_STARTS):
            with suppress(PageTimeoutError):
                self._wait_until_ready()
                if self.page.evaluate(_ANSWERS, _ANSWER_MILLISECONDS):
                    return
            self.page.evaluate(_RESTART)
        message = f"{_STARTS} kernels of {self._kernel} have not answered"
        raise AssertionError(message)

    def _wait_until_ready(self) -> None:
        self.page.wait_for_function(_READY, arg=self._path, timeout=_START_MILLISECONDS)

    def save(self, *, state: bool = False) -> nbformat.NotebookNode:
        """Save the notebook, with the state of its widgets or without, and return its file."""
        self.page.evaluate(_SAVE, [_SAVES_STATE, state])
        return nbformat.read(self._jupyter.notebooks / self._path, as_version=4)

    def close(self) -> None:
        """Close the notebook and end its kernel."""
        self.page.evaluate(_CLOSE)

    def reopen(self, *, trusted: bool) -> None:
        """Open the saved notebook again, in a page and with a kernel that know nothing of it."""
        self.page.goto("about:blank")
        self._jupyter.forget()
        self._jupyter.trust(self._path, trusted=trusted)
        self._load()

    def run(self, cell: int | None = None) -> None:
        """Run one cell, else all in their order, and wait until the kernel is idle.

        Raises
        ------
        CellError
            A cell ends with an error.
        """
        for index in range(self._cells) if cell is None else [cell]:
            self.start(index)
            for output in self.page.evaluate(_RAN, index):
                if output["output_type"] == "error":
                    message = "\n".join([output["ename"], output["evalue"], *output["traceback"]])
                    raise CellError(message)
        self._wait_until_ready()

    def start(self, cell: int) -> None:
        """Run a cell without waiting for it."""
        self.page.evaluate(_START, cell)

    def value(self, expression: str) -> Any:
        """Return what an expression is in the kernel, of types that Python has literals for."""
        return ast.literal_eval(ast.literal_eval(self._asked("", f"repr(({expression}))")))

    def execute(self, code: str) -> None:
        """Run code in the kernel that no cell shows."""
        self._asked(code, "None")

    def _asked(self, code: str, expression: str) -> str:
        reply = self.page.evaluate(_ASK, [code, expression])
        if reply["status"] != "ok":
            message = f"{reply['ename']}: {reply['evalue']}"
            raise CellError(message)
        return reply["data"]["text/plain"]

    def restart(self) -> None:
        """Restart the kernel, and wait until it is idle."""
        self.page.evaluate(_RESTART)
        self._wait_until_ready()

    def interrupt(self) -> None:
        """Interrupt the kernel, as the stop button does."""
        self.page.evaluate(_INTERRUPT)

    def theme(self, name: str) -> None:
        """Choose a theme, and wait until the page has it."""
        self.page.evaluate(_CHANGE_THEME, name)
        self.page.wait_for_function(_HAS_THEME, arg=name)

    def output(self, cell: int) -> Locator:
        """Return what a cell shows; its source is not in it."""
        cells = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell")
        return cells.nth(cell).locator(".jp-Cell-outputArea")

    def text(self, cell: int) -> str:
        """Return the text that a cell shows."""
        return "\n".join(self.output(cell).locator(".jp-OutputArea-output").all_inner_texts())
