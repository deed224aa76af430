"""In a notebook, whose loop runs already, ``await`` and blocking calls work on the same table."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import dkdata as dk

CELLS = (
    "import pandas as pd, dkdata as dk, asyncio\npeople = dk.records('people', key='id')",
    "people.create({'id': 1, 'name': 'Ada'}).id",
    "later = dk.aio.records('people')\n(await later.create({'id': 2, 'name': 'Bob'})).id",
    "_ = await dk.aio.save(pd.DataFrame({'id': [3], 'name': ['Cy']}), 'people', mode='append')",
    "dk.count('people')",
    "[one.name async for one in later.stream(order_by='id')]",
    "_ = dk.save(pd.DataFrame({'id': [3], 'name': ['Di']}), 'people', mode='upsert')",
    "(await later.read(3)).name",
    "sorted(one.id for one in await asyncio.gather(*(later.read(n) for n in (1, 2, 3))))",
    "people.update(1, name='Ada L.', version=(await later.read(1)).version).name",
)
ANSWERS = [
    None, "1", "2", None, "3", "['Ada', 'Bob', 'Cy']", None, "'Di'", "[1, 2, 3]", "'Ada L.'",
]  # fmt: skip


def test_await_and_blocking_calls_in_the_cells_of_a_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(dk.__file__).parent.parent), prepend=os.pathsep)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in CELLS])
    made = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}})
    made.execute()
    answers = [
        next((one["data"]["text/plain"] for one in cell.outputs if "data" in one), None)
        for cell in notebook.cells
    ]
    assert answers == ANSWERS
