"""Run a notebook from top to bottom: ``python -m tests.demo NOTEBOOK FOLDER``.

Prints every heading with what its cells wrote, and leaves the executed notebook, as ``.ipynb``
and ``.html``, in the folder.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

_QUIETLY = ["--IPKernelApp.log_level=ERROR"]  # it warns of its port on this machine


def executed(notebook, folder):
    """Return the notebook with its outputs; files and the workspace are made in ``folder``."""
    cells = nbformat.read(notebook, as_version=4)
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "DKDATA_HOME": str(folder / ".dkdata")}
    client = NotebookClient(
        cells, timeout=300, kernel_name="python3", extra_arguments=_QUIETLY,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    client.execute(env=environment)
    return cells


def told(cells):
    """Return the headings and the texts that the cells wrote."""
    lines = []
    for cell in cells.cells:
        if cell.cell_type == "markdown":
            lines += [f"\n{line}" for line in re.findall(r"^#+ .*", cell.source, re.MULTILINE)]
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            lines += [f"  {line}" for line in text.rstrip().splitlines()]
    return "\n".join(lines)


def written(cells, target):
    """Write the executed notebook and its page; return both paths."""
    target.parent.mkdir(parents=True, exist_ok=True)
    page = target.with_suffix(".html")
    nbformat.write(cells, target)
    exporter = HTMLExporter(embed_images=True, require_js_url="", mathjax_url="")
    page.write_text(exporter.from_notebook_node(cells)[0], encoding="utf-8")
    return target, page


def main():
    notebook, folder = Path(sys.argv[1]), Path(sys.argv[2]).absolute()
    started = time.monotonic()
    cells = executed(notebook, folder / notebook.stem)
    paths = written(cells, folder / notebook.name)
    print(told(cells))
    print(f"\n{notebook} ran in {time.monotonic() - started:.1f} s. To look at:")
    print("\n".join(f"  {path}" for path in paths))


if __name__ == "__main__":
    main()
