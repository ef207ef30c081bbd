"""The guard's verdicts as this process sees them: what was examined, and why a node was refused."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..exceptions import GuardTripped
from ..model import Finding
from .sockets import Remote, strangers


@dataclass(frozen=True, slots=True)
class GuardEvidence:
    """What the guard examined before the node connected to anything.

    Attributes:
        told: Whether the subject's own function was told the mode.
        written: One row per client of the configuration as the team wrote it: role, client, class, environment.
        rendered: The same of the configuration that the node was built from, with how many addresses were checked.
        built: One row per client that NautilusTrader made: class, and how many addresses were read from it.
        engines: Engine to whether an unexpected exception in it stops the node in order, as the team wrote it.
        collectors: The classes of the team's own collectors of metrics.
        hides_rejections: What in the team's own logging keeps rejections out of every log; empty if nothing does.
    """

    mode: str
    told: bool
    written: tuple[dict[str, Any], ...]
    rendered: tuple[dict[str, Any], ...]
    built: tuple[dict[str, Any], ...]
    engines: Mapping[str, bool] = field(default_factory=dict)
    collectors: tuple[str, ...] = ()
    hides_rejections: str = ""

    @property
    def addresses(self) -> int:
        """How many addresses were proven, in configurations and in built clients."""
        return sum(int(row["addresses"]) for row in (*self.rendered, *self.built))


class Refused(GuardTripped):
    """The guard could not prove that this node stays away from live venues.

    Attributes:
        findings: One per thing that it could not prove.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
        place = f" ({first.where})" if first.where else ""
        super().__init__(f"{first.reason}: {first.message}{place}{more}", remedy=first.remedy)


def refused(rows: Sequence[dict[str, Any]]) -> Refused:
    """The exception for what a child reported."""
    return Refused([Finding(**row) for row in rows])


def observed(remotes: frozenset[Remote], *, testnet: bool = False, peers: Collection[str] = ()) -> list[Finding]:
    """One finding per remote that a guarded node must not have been connected to.

    Args:
        peers: `host:port` of databases that the run's configuration declares.
    """
    return [
        Finding(
            "guard: connected to a remote host",
            f"The node's process was connected to {one.host}, port {one.port}.",
            remedy="Look for what connects there: an actor, a strategy, a database.",
        )
        for one in strangers(remotes, testnet=testnet, peers=peers)
    ]
