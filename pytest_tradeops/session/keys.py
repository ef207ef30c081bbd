"""What a session keeps on its config and items, and the predicates over it. Stashes do not cross to other workers."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ..gate.collect.evidence import Evidence
from ..model import CheckSpec, FaultSpec
from ..redaction import Redactor
from ..services.provider import ServiceSource
from ..settings import Settings, load_settings
from ..subject import Subject, open_subject

MARKER = "verification"


@dataclass
class RunState:
    """What this process knows of the run.

    Attributes:
        root: The subject's folder.
        gate: The profile judged by, empty for an ordinary run.
        faults: `with`, `only` or `off`.
        selected: `tradeops/...` node ids typed by the user, taken out of pytest's own arguments.
        suites: Whether the packaged suites are collected.
        listed: Ids of the checks that the gate's profile lists, required or advisory.
        concluded: Whether the run was judged, to whatever end.
    """

    root: Path
    gate: str = ""
    faults: str = "off"
    selected: tuple[str, ...] = ()
    suites: bool = False
    listed: frozenset[str] = frozenset()
    concluded: bool = False
    redactor: Redactor = field(default_factory=Redactor)
    _settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """The subject's settings, read at the first use: a plain run must not pay for them, nor fail over them."""
        if self._settings is None:
            self._settings = load_settings(self.root)
        return self._settings

    @property
    def subject(self) -> Subject:
        return open_subject(self.root, self.settings)


STATE = pytest.StashKey[RunState]()
SERVICES = pytest.StashKey[ServiceSource]()
#: On items.
SPEC = pytest.StashKey[CheckSpec]()
TWIN = pytest.StashKey[FaultSpec]()
EVIDENCE = pytest.StashKey[Evidence]()


def state_of(config: pytest.Config) -> RunState:
    """The run's state; a plain run gets one at the first call, for its fixtures."""
    if STATE not in config.stash:
        config.stash[STATE] = RunState(root=config.rootpath)
    return config.stash[STATE]


def is_twin(node: pytest.Item | pytest.Collector) -> bool:
    """Whether a fixture is being set up for a planted fault, and so must hand out something that may be broken."""
    return TWIN in node.stash


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is an xdist worker."""
    return hasattr(config, "workerinput")
