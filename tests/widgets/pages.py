"""A page that shows an explorer: it sends what a browser would, and keeps what it is told."""

from __future__ import annotations

import itertools

from comm.base_comm import BaseComm

from dkdata.widgets import SchemaExplorer


class _Recording(BaseComm):
    """The end of a comm in the kernel; all that is sent is kept."""

    def __init__(self):
        self.sent = []
        super().__init__(target_name="jupyter.widget")

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        del metadata, keys
        self.sent.append((msg_type, data, buffers or []))


class Page:
    """A page with one explorer in it.

    It knows no more than what was sent: the state, and the answers.
    """

    def __init__(self, data, suite=None, **options):
        self.explorer = SchemaExplorer(data, suite, **options)
        self.state = self.explorer.get_state()
        self.comm = self.explorer.comm = _Recording()
        self._ids = itertools.count(1)
        self.settle()

    def settle(self):
        """Wait until all is known."""
        assert self.explorer.wait(250)

    @property
    def sent(self):
        return [data for _, data, _ in self.comm.sent if data]

    @property
    def answers(self):
        """What was sent as answers, in order."""
        return [data["content"] for data in self.sent if data.get("method") == "custom"]

    @property
    def updates(self):
        """The states that were sent, in order."""
        return [data["state"] for data in self.sent if data.get("method") == "update"]

    def send(self, kind, **content):
        """Send a request without waiting for the answer; return its id."""
        number = next(self._ids)
        self.explorer._handle_custom_msg({"kind": kind, "id": number, **content}, [])
        return number

    def ask(self, kind, **content):
        """Send a request and return the answer."""
        number = self.send(kind, **content)
        self.settle()
        (answer,) = [one for one in self.answers if one["id"] == number]
        return answer

    def edit(self, action, **content):
        """Edit the rules and return the key of the answer."""
        answer = self.ask("edit", action=action, **content)
        assert answer["kind"] == "edit", answer
        return answer["key"]

    def put(self, **state):
        """Set traits as a page does."""
        self.explorer.set_state(state)
        self.settle()

    def select(self, column):
        """Open the detail of a column and return it."""
        self.put(selected=column)
        return self.explorer.detail

    def rows(self, offset=0, limit=500, first=0, count=100):
        """Return a page of the rows that are shown."""
        epoch = self.explorer.view["epoch"]
        return self.ask("rows", epoch=epoch, offset=offset, limit=limit, first=first, count=count)

    def close(self):
        self.explorer.close()
