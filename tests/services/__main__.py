"""``python -m tests.services get|up|down|status [NAME...]``."""

from __future__ import annotations

import argparse
import sys

from tests.services import harness, owned
from tests.services.harness import SERVICES, Service, State
from tests.services.places import UnavailableError


def _get(service: Service) -> bool:
    print(f"{service.name:<13} {service.programs(install=True)}", flush=True)
    return True


def _up(service: Service) -> bool:
    _tell(service, harness.up(service))
    return True


def _down(service: Service) -> bool:
    owned.sweep()
    stopped = harness.down(service)
    print(f"{service.name:<13} {'stopped' if stopped else 'does not run'}")
    return True


def _status(service: Service) -> bool:
    state = harness.status(service)
    _tell(service, state)
    return state is not None


def _tell(service: Service, state: State | None) -> None:
    told = f"{state.url}  ({state.found})" if state else "does not run"
    print(f"{service.name:<13} {told}")


ACTIONS = {"get": _get, "up": _up, "down": _down, "status": _status}


def main(arguments: list[str]) -> int:
    """Do what is asked for every service that is named, by default for all."""
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__)
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    chosen = parser.parse_args(arguments)
    if unknown := [name for name in chosen.names if name not in SERVICES]:
        parser.error(f"no service {unknown[0]!r}; there are: {', '.join(SERVICES)}")
    done = []
    for name in chosen.names or SERVICES:
        try:
            done.append(ACTIONS[chosen.action](SERVICES[name]))
        except UnavailableError as error:
            print(error, file=sys.stderr)
            done.append(False)
    return int(not all(done))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
