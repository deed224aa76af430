"""In a notebook long work is a card while it lasts, with a button that cancels it; then a line."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from queue import Empty

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

import dkdata as dk
from tests.stores.in_processes import in_process

SLOW = """
import time, pyarrow as pa, pandas as pd, dkdata as dk
from dkdata import showing
showing._QUIET_SECONDS = 0.2
def rows(batches):
    for n in range(batches):
        time.sleep(0.05)
        yield pa.record_batch({"n": pa.array(range(1000))})
def slow(batches):
    return pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), rows(batches))
dk.save(pd.DataFrame({"n": [7]}), "orders")
"""
_QUIETLY = ["--IPKernelApp.log_level=ERROR"]  # it warns of its port on this machine


def _environment():
    """Return the environment of a kernel that imports what is tested."""
    return {**os.environ, "PYTHONPATH": str(Path(dk.__file__).parent.parent)}


class Notebook:
    """A kernel, and what a page has of it."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(extra_arguments=_QUIETLY, env=_environment())
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def start(self, code):
        """Run a cell."""
        return self.client.execute(code)

    def until(self, *kinds):
        """Return the messages up to one of some kinds."""
        messages, end = [], time.monotonic() + 60
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except Empty:
                continue
            messages.append(message)
            kind = message["msg_type"]
            if kind in kinds or (kind, message["content"].get("execution_state")) in kinds:
                return messages
        raise TimeoutError(kinds)

    def ended(self):
        """Return the messages up to the end of the cell."""
        return self.until(("status", "idle"))

    def subshell(self):
        """Return the id of a new subshell: pages have one for what they send to widgets."""
        channel = self.client.control_channel
        channel.send(self.client.session.msg("create_subshell_request"))
        while True:
            reply = self.client.get_control_msg(timeout=30)
            if reply["msg_type"] == "create_subshell_reply":
                return reply["content"]["subshell_id"]

    def press_cancel(self, comm_id, subshell):
        """Send what the card sends when its button is pressed."""
        data = {"method": "custom", "content": {"kind": "cancel"}}
        message = self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)


@pytest.fixture
def notebook():
    opened = Notebook()
    opened.start(SLOW)
    opened.ended()
    yield opened
    opened.close()


def _card(messages):
    """Return the id of the card that was opened in some messages."""
    opened = [m["content"] for m in messages if m["msg_type"] == "comm_open"]
    (card,) = [one for one in opened if "work" in one["data"]["state"]]
    return card["comm_id"]


def _error(messages):
    (error,) = [message["content"] for message in messages if message["msg_type"] == "error"]
    return error["ename"], error["evalue"]


def _line(messages):
    (update,) = [m["content"] for m in messages if m["msg_type"] == "update_display_data"]
    return update["data"]


def _is_unchanged(notebook):
    notebook.start('print(dk.load("orders")["n"].tolist())')
    messages = notebook.ended()
    return [m["content"]["text"] for m in messages if m["msg_type"] == "stream"] == ["[7]\n"]


def test_a_press_on_cancel_ends_the_save_while_the_cell_runs(notebook):
    subshell = notebook.subshell()
    notebook.start('dk.save(slow(2_000), "orders", mode="append")')
    card = _card(notebook.until("display_data"))
    notebook.until("comm_msg")
    notebook.press_cancel(card, subshell)
    messages = notebook.until("error")
    assert _error(messages) == ("KeyboardInterrupt", "'orders': interrupted; nothing was changed.")
    line = _line(messages)
    assert re.fullmatch(r"saving to orders: cancelled after \d+\.\d s", line["text/plain"])
    assert list(line) == ["text/plain"]
    assert "comm_close" in [message["msg_type"] for message in messages]
    notebook.ended()
    assert _is_unchanged(notebook)


def test_an_interrupt_of_the_kernel_ends_the_save(notebook):
    notebook.start('dk.save(slow(2_000), "orders", mode="append")')
    notebook.until("comm_msg")
    notebook.manager.interrupt_kernel()
    messages = notebook.until("error")
    assert _error(messages) == ("KeyboardInterrupt", "'orders': interrupted; nothing was changed.")
    notebook.ended()
    assert _is_unchanged(notebook)


def test_a_press_that_comes_too_late_does_nothing(notebook):
    subshell = notebook.subshell()
    notebook.start('dk.save(slow(20), "orders", mode="append")')
    card = _card(notebook.until("display_data"))
    notebook.ended()
    notebook.press_cancel(card, subshell)
    notebook.start("time.sleep(0.5)\nprint('went on')")
    messages = notebook.ended()
    assert "error" not in [message["msg_type"] for message in messages]


def test_there_are_at_most_ten_updates_a_second(notebook):
    started = time.monotonic()
    notebook.start('dk.save(slow(40), "orders", mode="append");')
    messages = notebook.ended()
    updates = [message for message in messages if message["msg_type"] == "comm_msg"]
    assert 3 < len(updates) <= 10 * (time.monotonic() - started)
    done = [m["content"]["data"]["state"]["work"]["done"] for m in updates]
    assert done == sorted(done)
    assert done[-1] == 40_000


def test_quick_work_leaves_nothing(notebook):
    notebook.start('showing._QUIET_SECONDS = 60\ndk.save(slow(1), "orders", mode="append");')
    kinds = {message["msg_type"] for message in notebook.ended()}
    assert kinds == {"status", "execute_input"}


def test_a_saved_notebook_has_the_line_and_no_widget(tmp_path):
    cells = [SLOW, 'dk.save(slow(20), "orders", mode="append");', 'dk.load("orders");']
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        book, timeout=120, kernel_name="python3", extra_arguments=_QUIETLY,
        resources={"metadata": {"path": str(tmp_path)}},
    )  # fmt: skip
    client.execute(env=_environment())
    (output,) = book.cells[1].outputs
    assert output.output_type == "display_data"
    assert list(output.data) == ["text/plain"]
    shown = r"saved 20,000 rows -> orders in \d+\.\d s, \d+(\.\d)? k rows/s"
    assert re.fullmatch(shown, output.data["text/plain"])
    assert book.cells[2].outputs == []


def test_the_card_is_not_loaded_where_there_is_no_notebook():
    code = """
        import sys, dkdata as dk, pandas as pd
        from dkdata import showing
        showing._QUIET_SECONDS = 0.0
        dk.save(pd.DataFrame({"a": [1]}), "memory.t")
        print([name for name in ("anywidget", "ipywidgets", "IPython") if name in sys.modules])
        """
    with in_process(code) as process:
        out, _ = process.communicate(timeout=60)
    assert out == "[]\n"
