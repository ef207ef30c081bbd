"""Containers carry labels that say who started them; this module removes those whose owner is gone, and no others.

Also a command, run by a service's supervisor when its owner died and by `prune`:
`python -m pytest_tradeops.services.owned ADDRESS RUN [SECONDS]`.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..exceptions import ServiceUnavailable
from ..processes import registry
from ..processes.supervisor import identity
from .engine import connect, probe

if TYPE_CHECKING:
    import docker  # type: ignore[import-untyped]

RUN = "tradeops.run"
OWNER_PID = "tradeops.owner-pid"
OWNER_START = "tradeops.owner-start"
#: Where that pid means something: host, boot and pid namespace, as JSON.
OWNER_PLACE = "tradeops.owner-place"


def labels(run: str, owner: Mapping[str, object] | None = None) -> dict[str, str]:
    """The labels of a container of this run.

    Args:
        owner: `{"pid": ..., "start": ...}` of the process it lives and dies with; default this one.
    """
    owner = owner or identity(os.getpid())
    return {
        RUN: run,
        OWNER_PID: str(owner["pid"]),
        OWNER_START: str(owner["start"]),
        OWNER_PLACE: json.dumps(registry.place()),
    }


def orphaned(found: Mapping[str, str]) -> bool:
    """Whether these are labels of ours and their owner is known to be gone.

    A container that a process of another pid namespace started (an engine shared by several build containers) is
    not ours to judge: its owner may well be alive where we cannot see it.
    """
    if not {RUN, OWNER_PID, OWNER_START, OWNER_PLACE} <= found.keys():
        return False
    try:
        owner = {"pid": int(found[OWNER_PID]), "start": found[OWNER_START]}
        return registry.is_leftover({"place": json.loads(found[OWNER_PLACE]), "owner": owner, "supervisor": None})
    except (ValueError, KeyError, TypeError):
        return False  # somebody else's labels of the same name


def sweep(client: "docker.DockerClient", *, remove: bool = True) -> list[str]:
    """Removes the containers whose owner is gone; their short ids.

    Args:
        remove: False only lists them.
    """
    gone = [
        str(one["Id"])
        for one in client.api.containers(all=True, filters={"label": [RUN, OWNER_PID]})
        if orphaned(one.get("Labels") or {})
    ]
    for container in gone if remove else ():
        remove_container(client, container)
    return [container[:12] for container in gone]


def prune_containers(*, remove: bool = True) -> list[str]:
    """As `sweep`, on the engine of this machine; nothing where no engine can be used."""
    try:
        client = connect(probe().address)
    except ServiceUnavailable:
        return []
    try:
        return sweep(client, remove=remove)
    finally:
        client.close()


def remove_run(client: "docker.DockerClient", run: str, *, settle: float = 0.0) -> int:
    """Removes every container of one run, also one that is still being created; how many there were.

    Args:
        settle: Seconds that must pass without a new one. An owner that was killed while the engine made its
            container leaves one that appears only afterwards.
    """
    removed = 0
    quiet_since = time.monotonic()
    while True:
        for one in client.api.containers(all=True, filters={"label": f"{RUN}={run}"}):
            remove_container(client, str(one["Id"]))
            removed += 1
            quiet_since = time.monotonic()
        if time.monotonic() - quiet_since >= settle:
            return removed
        time.sleep(0.2)


def remove_container(client: "docker.DockerClient", container: str) -> None:
    """Kills and removes one container with its anonymous volumes; silent when another process was faster."""
    import docker.errors  # type: ignore[import-untyped]

    try:
        client.api.remove_container(container, force=True, v=True)
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as error:
        if error.status_code != 409:  # "removal is already in progress"
            raise


def main(arguments: list[str]) -> int:
    """Removes one run's containers; exit code 1 with a reason on stderr when the engine did not let it."""
    address, run, *settle = arguments
    try:
        client = connect(address, timeout=10)
    except ServiceUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        remove_run(client, run, settle=float(settle[0]) if settle else 0.0)
    finally:
        client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
