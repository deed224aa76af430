"""The notebooks run from top to bottom and are committed without their outputs."""

from __future__ import annotations

import time
from pathlib import Path

import nbformat
import pytest

from tests import demo

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
_SECONDS = 60


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_runs_in_a_minute_without_a_warning(path, tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    _run(path, tmp_path)


@pytest.mark.parametrize("postgres_url", ["postgres"], indirect=True)
def test_the_notebook_about_postgresql_runs_on_a_server(postgres_url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    cells = _run(NOTEBOOKS[0].with_name("02_postgresql.ipynb"), tmp_path)
    shown = "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))
    assert "PostgreSQL: SELECT" in shown


def _run(path, tmp_path):
    started = time.monotonic()
    cells = demo.executed(path, tmp_path / "run").cells
    assert time.monotonic() - started < _SECONDS
    ran = [cell.execution_count for cell in cells if cell.cell_type == "code"]
    assert ran == list(range(1, len(ran) + 1))
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    return cells


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_committed_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def test_executed_notebook_can_be_looked_at(tmp_path):
    cells = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")])
    source = tmp_path / "answer.ipynb"
    nbformat.write(cells, source)
    run = demo.executed(source, tmp_path / "run")
    notebook, page = demo.written(run, tmp_path / "out" / "answer.ipynb")
    assert "42" in page.read_text()
    assert nbformat.read(notebook, as_version=4).cells[0].outputs[0].data["text/plain"] == "42"
    assert demo.told(run) == "  42"
