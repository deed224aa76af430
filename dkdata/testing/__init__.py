"""The tests that every store passes, to be run against a store of one's own.

Subclass ``StoreTests`` and supply a fixture ``target`` that gives, for the name of a table, how
``dk.save`` writes to it. What a store cannot do is declared beside it, with the reason, as a
strict ``xfail`` on the overridden test: it turns red when the gap closes.

``FaultProxy`` stands between a client and a server, and breaks, delays or loses what they send.
"""

from dkdata.testing.changing import ChangingTests
from dkdata.testing.collecting import RecordTests
from dkdata.testing.evolving import EvolvingTests
from dkdata.testing.faults import BlackHole, Cut, Delay, DropReply, Refuse
from dkdata.testing.fidelity import FidelityTests
from dkdata.testing.gating import GateTests
from dkdata.testing.keys import KeyTests
from dkdata.testing.migrating import MigratingTests
from dkdata.testing.proxies import FaultProxy
from dkdata.testing.reading import ReadingTests
from dkdata.testing.reading import _table as table_fixture
from dkdata.testing.refusing import RefusingTests
from dkdata.testing.widening import WideningTests
from dkdata.testing.writing import WritingTests


class StoreTests(
    WritingTests,
    ChangingTests,
    KeyTests,
    GateTests,
    MigratingTests,
    WideningTests,
    ReadingTests,
    FidelityTests,
    RefusingTests,
    EvolvingTests,
):
    """Everything that a store promises."""


__all__ = [
    "BlackHole",
    "Cut",
    "Delay",
    "DropReply",
    "FaultProxy",
    "RecordTests",
    "Refuse",
    "StoreTests",
    "table_fixture",
]
