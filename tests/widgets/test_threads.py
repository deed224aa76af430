"""Whatever thread asks, and however fast: what is told last is what was asked last."""

from __future__ import annotations

import decimal
import json
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.validation import Suite
from dkdata.widgets import SchemaExplorer
from dkdata.widgets.worker import Job, Urgency, Worker

FRAME = pd.DataFrame({"a": range(100_000), "b": ["x", "y"] * 50_000})
BETWEEN = "expect_column_values_to_be_between"


def in_threads(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_every_request_is_answered_and_the_last_one_last(show):
    page = show(FRAME)
    ids = [page.send("rows", epoch=0, offset=n, limit=1, first=0, count=1) for n in range(100)]
    page.settle()
    assert [one["id"] for one in page.answers] == ids
    assert [one["labels"] for one in page.answers] == [[str(n)] for n in range(100)]


def test_of_many_views_the_last_one_stays(show):
    page = show(FRAME)
    for low in range(100):
        page.explorer.set_state(
            {"filters": [{"column": 0, "op": "between", "low": low, "high": None}]}
        )
    page.settle()
    assert page.explorer.view["rows"] == 100_000 - 99
    assert page.explorer.head["labels"][0] == "99"
    epochs = [state["view"]["epoch"] for state in page.updates if "view" in state]
    assert epochs == sorted(epochs)


def test_requests_from_many_threads_at_once(show):
    page = show(FRAME, dk.expect("a").between(0, 10))
    ids = []

    def read():
        ids.extend(
            page.send("rows", epoch=0, offset=n, limit=5, first=0, count=2) for n in range(20)
        )

    def edit():
        ids.extend(
            page.send("edit", action="add", type=BETWEEN, kwargs={"column": "a", "min_value": n})
            for n in range(20)
        )

    def sort():
        for n in range(20):
            page.explorer.set_state({"sort": [[n % 2, True]], "selected": n % 2, "looked": [n % 2]})

    in_threads(read, edit, sort, read, edit, sort)
    page.settle()
    assert sorted(one["id"] for one in page.answers) == sorted(ids)
    assert {one["kind"] for one in page.answers} == {"rows", "edit"}
    assert len(page.explorer.rules) == 41
    assert {one["state"] for one in page.explorer.results.values()} <= {"met", "failed"}
    assert page.explorer.detail["column"] == page.explorer.selected == 1
    assert page.explorer.status["state"] == "idle"


def test_python_and_the_page_edit_at_once(show):
    page = show(FRAME)

    def by_python():
        for n in range(20):
            page.explorer.suite = page.explorer.suite + dk.expect("a").between(n)

    def by_page():
        for n in range(20):
            page.send("edit", action="add", type=BETWEEN, kwargs={"column": "a", "max_value": n})

    in_threads(by_python, by_page)
    page.settle()
    assert list(page.explorer.results) == [rule["key"] for rule in page.explorer.rules]
    keys = [rule["key"] for rule in page.explorer.rules]
    assert len(set(keys)) == len(keys)


def test_an_error_is_told_until_the_same_work_is_done(show):
    page = show(FRAME)
    page.put(filters=[{"column": 9, "op": "null"}])
    assert page.explorer.status["state"] == "error"
    page.put(selected=0)
    assert page.explorer.status["state"] == "error"
    page.put(filters=[])
    assert page.explorer.status == {"state": "idle", "text": ""}


def test_state_of_another_kind_is_an_error_and_the_next_is_taken(show):
    page = show(FRAME)
    page.put(filters=5)
    assert page.explorer.status["state"] == "error"
    page.put(sort=[[0, True]], title="stolen", rows=7)
    assert page.explorer.status["state"] == "idle"
    assert page.explorer.head["labels"][0] == "99999"
    assert (page.explorer.title, page.explorer.rows) == ("frame", 100_000)


@pytest.mark.parametrize(
    "content", [{}, {"kind": "rows"}, "text", None, {"id": -1}, {"id": -1, "kind": []}]
)
def test_messages_that_say_nothing_harm_nothing(content, show):
    page = show(FRAME)
    page.explorer._handle_custom_msg(content, [])
    page.settle()
    assert {one["kind"] for one in page.answers} <= {"error"}
    assert len(page.rows(limit=3)["cells"]) == 3


def test_an_observer_may_ask_and_wait(show):
    page = show(FRAME)
    seen = []

    def observe(_):
        page.explorer.wait()
        seen.append(page.explorer.to_html())

    page.explorer.observe(observe, names=["rules"])
    page.edit("add", type=BETWEEN, kwargs={"column": "a", "min_value": 5})
    assert "between(5)" in seen[-1]


def test_what_is_found_while_rules_are_told_is_not_told_away(show):
    page = show(FRAME)
    slow = [dk.expect("b").matches(f"^(x|y){{1,{n}}}(?<!z)$") for n in range(1, 30)]
    page.explorer.observe(lambda _: page.explorer.wait(60), names="rules")
    page.explorer.suite = Suite("s", [*slow, *dk.expect("a").not_null()])
    page.explorer.suite = Suite("s", slow)  # while those are asked
    page.settle()
    assert {one["state"] for one in page.explorer.results.values()} == {"met"}


def test_html_is_exported_while_all_goes_on(show):
    page = show(FRAME, dk.expect("a").between(0, 10))
    answer = page.ask("export", what="html")
    assert (answer["name"], answer["type"]) == ("frame.html", "text/html")
    assert b"99,989 failing" in page.comm.sent[-1][2][0] or any(
        b"99,989 failing" in bytes(buffer) for _, _, buffers in page.comm.sent for buffer in buffers
    )


@pytest.mark.parametrize(
    ("what", "first"), [("csv", b"a,b\n99999,y\n"), ("json", b'[{"a":99999,"b":"y"}')]
)
def test_the_rows_that_are_shown_are_exported(what, first, show):
    page = show(FRAME)
    page.put(
        filters=[{"column": 0, "op": "between", "low": 99_990, "high": None}], sort=[[0, True]]
    )
    page.ask("export", what=what)
    ((buffer,),) = [buffers for _, _, buffers in page.comm.sent if buffers]
    assert bytes(buffer).startswith(first)


def test_json_holds_what_the_rows_say(show):
    frame = pd.DataFrame(
        {
            "x": [1e-12, 1 / 3, None],
            "t": pd.to_datetime(["2024-01-01 00:00:00.000001", "2024-01-02 00:00:00.000000", None]),
            "d": [decimal.Decimal("0.1234567890123456789"), decimal.Decimal(2), None],
            "b": [b"\xff", b"", None],
            "p": pd.period_range("2024-01", periods=3, freq="M"),
        }
    )
    page = show(frame)
    page.ask("export", what="json")
    ((buffer,),) = [buffers for _, _, buffers in page.comm.sent if buffers]
    assert json.loads(bytes(buffer)) == [
        {"x": 1e-12, "t": "2024-01-01T00:00:00.000001", "d": "0.1234567890123456789", "b": "0xff",
         "p": "2024-01"},
        {"x": 1 / 3, "t": "2024-01-02T00:00:00", "d": "2", "b": "0x", "p": "2024-02"},
        {"x": None, "t": None, "d": None, "b": None, "p": "2024-03"},
    ]  # fmt: skip


def test_columns_of_one_name_are_exported_where_they_can_be(show):
    page = show(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    assert "one name" in page.ask("export", what="json")["text"]
    page.ask("export", what="csv")
    ((buffer,),) = [buffers for _, _, buffers in page.comm.sent if buffers]
    assert bytes(buffer) == b"a,a\n1,2\n"


def test_of_too_many_rows_no_more_are_read_than_could_be_exported(show):
    dk.save(pd.DataFrame({"a": range(1_200_000)}), "rows.parquet")
    page = show(dk.table("rows.parquet"))
    assert "more than 1,000,000 rows" in page.ask("export", what="csv")["text"]
    assert page.explorer.exploration.source.pulled < 1_100_000


def test_failing_rows_are_exported(show):
    page = show(FRAME, dk.expect("a").between(0, 99_997))
    page.ask("export", what="csv", key="r1")
    ((buffer,),) = [buffers for _, _, buffers in page.comm.sent if buffers]
    assert bytes(buffer) == b"a,b\n99998,x\n99999,y\n"


LABELS = {
    "numbers": (pd.RangeIndex(3), [b"a", b"410"]),
    "named": (pd.RangeIndex(3, name="n"), [b"n,a", b"1,410"]),
    "texts": (pd.Index(["x", "y", "z"]), [b"index,a", b"y,410"]),
    "levels": (pd.MultiIndex.from_tuples([("p", 1), ("p", 2), ("q", 1)], names=["k", "a"]),
               [b"k,a,a", b"p,2,410"]),
}  # fmt: skip


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("key", ["r1", None], ids=["failing", "shown"])
@pytest.mark.parametrize("saved", [False, True], ids=["frame", "table"])
def test_labels_of_rows_are_exported(name, key, saved, show):
    index, lines = LABELS[name]
    data = pd.DataFrame({"a": [36, 410, 7]}, index=index)
    if saved and name != "levels":  # two columns of one name are not saved
        dk.save(data, "rows")
        data = dk.table("rows")
    page = show(data, dk.expect("a").between(0, 120))
    page.put(filters=[{"column": 0, "op": "between", "low": 100, "high": None}])
    page.ask("export", what="csv", **({"key": key} if key else {}))
    ((buffer,),) = [buffers for _, _, buffers in page.comm.sent if buffers]
    assert bytes(buffer).splitlines() == lines


def test_nothing_is_said_after_the_end(show):
    page = show(FRAME)
    page.send("try", type="expect_column_values_to_be_unique", kwargs={"column": "a"})
    page.close()
    assert page.explorer.wait(30)
    said = len(page.comm.sent)
    page.send("rows", epoch=0, offset=0, limit=1, first=0, count=1)
    assert page.explorer.wait(30)
    assert len(page.comm.sent) == said


def test_fifty_explorers_at_once():
    explorers = [SchemaExplorer(FRAME, dk.expect("a").between(0, n)) for n in range(50)]
    for n, explorer in enumerate(explorers):
        assert explorer.wait(120)
        assert explorer.results["r1"]["failing"] == 100_000 - n - 1
        assert explorer.figures["0"]["max"] == "99999"
        explorer.close()


def test_a_refresh_sees_what_was_changed(show):
    dk.save(FRAME.head(10), "rows")
    page = show(dk.table("rows"), dk.expect("a").between(0, 10))
    page.put(showing="r1", sort=[[0, True]])
    dk.save(FRAME.head(20), "rows", mode="replace")
    page.ask("refresh")
    page.settle()
    assert page.explorer.rows == 20
    assert [row[0] for row in page.explorer.head["cells"]] == [str(n) for n in range(19, 10, -1)]
    assert page.explorer.figures["0"]["max"] == "19"
    assert page.explorer.results["r1"]["failing"] == 9


def test_a_refresh_says_that_the_columns_were_changed(show):
    dk.save(FRAME.head(10), "rows")
    page = show(dk.table("rows"))
    dk.save(FRAME.head(10).assign(c=1), "rows", mode="replace")
    page.ask("refresh")
    page.settle()
    assert page.explorer.status["state"] == "error"
    assert "columns of the table were changed" in page.explorer.status["text"]


def test_a_rule_that_takes_long_is_tried_while_rows_are_read(show):
    page = show(FRAME)
    began, go = threading.Event(), threading.Event()
    page.explorer.exploration.asker.put(Job(Urgency.EDIT, "", lambda _: began.set() or go.wait(20)))
    assert began.wait(20)
    tried = page.send("try", type="expect_column_values_to_be_unique", kwargs={"column": "a"})
    page.send("rows", epoch=0, offset=5, limit=1, first=0, count=1)
    assert page.explorer.exploration.desk.wait(20)
    assert [one["kind"] for one in page.answers] == ["rows"]
    go.set()
    page.settle()
    assert page.answers[-1]["id"] == tried
    assert page.answers[-1]["outcome"]["failing"] == 0


class TestWorker:
    """The thread itself."""

    @pytest.fixture
    def ended(self):
        return []

    @pytest.fixture
    def worker(self, ended):
        worker = Worker(lambda lane, error: ended.append((lane, error)))
        yield worker
        worker.close()
        worker.join(30)

    def test_of_a_lane_the_last_job_alone_is_done(self, worker):
        begun, go, done = threading.Event(), threading.Event(), []
        worker.put(Job(Urgency.EDIT, "", lambda _: (begun.set(), go.wait(30))))
        assert begun.wait(30)
        for n in range(10):
            worker.put(Job(Urgency.PAGE, "lane", lambda _, n=n: done.append(n)))
        go.set()
        assert worker.wait(30)
        assert done == [9]

    def test_the_most_urgent_is_first(self, worker):
        begun, go, done = threading.Event(), threading.Event(), []
        worker.put(Job(Urgency.EDIT, "", lambda _: (begun.set(), go.wait(30))))
        assert begun.wait(30)
        for urgency in sorted(Urgency, reverse=True):
            worker.put(Job(urgency, "", lambda _, u=urgency: done.append(u)))
        go.set()
        assert worker.wait(30)
        assert done == sorted(Urgency)

    def test_what_yields_is_begun_anew(self, worker, ended):
        begun, done = threading.Event(), []

        def long(given):
            begun.set()
            if not done:
                given.execute("SELECT sum(a.i * b.i) FROM range(1000000) a(i), range(1000000) b(i)")
            done.append("long")

        worker.put(Job(Urgency.FIGURES, "figures", long, yields=True))
        assert begun.wait(30)
        worker.put(Job(Urgency.EDIT, "edit", lambda _: done.append("edit")))
        assert worker.wait(60)
        assert done == ["edit", "long"]
        assert ended == [("edit", None), ("figures", None)]

    def test_it_does_not_end_with_what_is_raised(self, worker, ended):
        def fail(_):
            message = "so"
            raise ValueError(message)

        worker.put(Job(Urgency.EDIT, "", fail))
        worker.put(Job(Urgency.EDIT, "", lambda _: None))
        assert worker.wait(30)
        assert [str(error) for _, error in ended] == ["so", "None"]

    def test_one_may_wait_for_a_while_only(self, worker):
        go = threading.Event()
        worker.put(Job(Urgency.EDIT, "", lambda _: go.wait(30)))
        assert not worker.wait(0.05)
        go.set()
        assert worker.wait(30)


QUIET = """
    import numpy as np, pandas as pd
    import dkdata as dk
    frame = pd.DataFrame({{"a": np.arange(1_000_000), "b": np.random.default_rng(0).random(10**6)}})
    explorers = [frame.dk.explore(dk.expect("a").between(0, 5).unique()) for _ in range(3)]
    {then}
"""


@pytest.mark.parametrize("then", ["", "explorers[0].wait()", "[e.close() for e in explorers]"])
def test_a_process_ends_without_a_word(then):
    code = textwrap.dedent(QUIET.format(then=then))
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_thread_of_an_explorer_is_no_reason_to_stay(show):
    page = show(pd.DataFrame({"a": np.arange(10)}))
    assert all(t.daemon for t in threading.enumerate() if t.name == "dkdata")
    page.close()
    assert page.explorer.wait(30)
