"""Grafana's one tree of notification policies: a route of our own is put in front, and taken out again.

The tree is global: every alert of the organisation goes through it. Ours matches a label that only our rules carry and
ends there, so nobody else's alert takes another way. What was there before is never written back blindly, for
somebody may have edited it meanwhile: only our route is removed, by its label.
"""

import copy
import fcntl
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...exceptions import Inconclusive
from ...processes import runtime_folder
from .api import Grafana, GrafanaError

#: The label that leads to our route; its value names one place of one run.
LABEL = "tradeops_run"
_TREE = "/api/v1/provisioning/policies"
#: How the server's own pages save. It keeps a tree that nobody provisioned editable there, which 9.x's provisioning
#: API does not; the newest versions no longer have it, and their provisioning API takes the header.
_CONFIG = "/api/alertmanager/grafana/config/api/v1/alerts"
_EDITABLE = {"X-Disable-Provenance": "true"}
_GONE = (404, 405, 410)

type Route = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree as the server gives it.

    Attributes:
        provenance: Who may edit it: empty (people, in the server's pages), `api`, `file`.
    """

    route: Route
    provenance: str


def read(api: Grafana) -> Tree:
    """The tree as it is."""
    found = dict(api.call("GET", _TREE))
    return Tree(found, str(found.pop("provenance", "") or ""))


def ours(run: str, receiver: str, routes: Sequence[Mapping[str, Any]] = ()) -> Route:
    """The route for everything with our label.

    Args:
        routes: Routes below it, in the API's shape; what fits none of them goes to `receiver`.
    """
    return {
        "receiver": receiver,
        "object_matchers": [[LABEL, "=", run]],
        "group_by": ["..."],
        "group_wait": "0s",
        "group_interval": "1s",
        "repeat_interval": "1h",
        **({"routes": [dict(one) for one in routes]} if routes else {}),
    }


def add(api: Grafana, route: Route) -> None:
    """Puts our route in front of all others; a former one with the same label is replaced.

    Raises:
        Inconclusive: the tree comes from files, and only they can change it without changing who may edit it.
    """
    run = route["object_matchers"][0][2]
    _edit(api, lambda tree: {**tree, "routes": [route, *_others(tree, run)]})


def remove(api: Grafana, run: str) -> bool:
    """Takes our route out; whether it was there."""
    return _edit(api, lambda tree: without(tree, run))


def without(tree: Route, run: str) -> Route:
    """The tree without our route; without any, it has no list of them, as the server shows it."""
    rest = _others(tree, run)
    return {**{key: value for key, value in tree.items() if key != "routes"}, **({"routes": rest} if rest else {})}


def runs(tree: Route) -> list[str]:
    """Whose routes of ours are in the tree: the values of our label."""
    return [matcher[2] for one in tree.get("routes") or [] for matcher in _matchers(one) if matcher[0] == LABEL]


def _others(tree: Route, run: str) -> list[Route]:
    return [one for one in tree.get("routes") or [] if [LABEL, "=", run] not in _matchers(one)]


def _matchers(route: Route) -> list[list[str]]:
    return [list(one) for one in route.get("object_matchers") or []]


def _edit(api: Grafana, change: Callable[[Route], Route]) -> bool:
    with _alone(api):
        before = read(api)
        if without(change(copy.deepcopy(before.route)), "") == without(before.route, ""):
            return False
        if before.provenance == "file":
            raise Inconclusive(
                f"The notification policies of the Grafana at {api.place} come from files; "
                "a change through its API would outlast this run.",
                remedy="Use the container provider for what is delivered, or a Grafana of its own for tests.",
            )
        if before.provenance or not _saved_as_a_person(api, change):
            route = change(copy.deepcopy(before.route))
            api.call("PUT", _TREE, route, headers={} if before.provenance else _EDITABLE)
        return True


def _saved_as_a_person(api: Grafana, change: Callable[[Route], Route]) -> bool:
    """Whether this version takes the whole configuration from its own pages' call."""
    try:
        config = api.call("GET", _CONFIG)
        config["alertmanager_config"]["route"] = change(config["alertmanager_config"]["route"])
        api.call("POST", _CONFIG, config)
    except GrafanaError as error:
        if error.status in _GONE:
            return False
        raise
    return True


@contextmanager
def _alone(api: Grafana) -> Iterator[None]:
    """Workers and runs of this machine edit one after the other: the server knows no condition on a write."""
    key = hashlib.sha256(api.url.encode()).hexdigest()[:16]
    with (runtime_folder() / f"grafana-{key}.lock").open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
