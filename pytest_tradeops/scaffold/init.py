"""Plans what `tradeops init` writes, and writes it; an edited file is never overwritten unseen."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..config import suggestion
from ..exceptions import TradeopsError
from ..gate.report.write import put_text
from .config import complete
from .drift import completed, same
from .files import PARTS, Setting, StarterFile


class State(enum.StrEnum):
    """What is to be done with one file."""

    WRITE = "write"  #: it is not there
    ADD = "add"  #: `pyproject.toml` lacks tables
    SAME = "same"  #: nothing to do
    YOURS = "yours"  #: it was written as a start and is the subject's now
    EDITED = "edited"  #: it should be as generated and is not


@dataclass(frozen=True, slots=True)
class Step:
    """One file.

    Attributes:
        path: Relative to the subject.
        detail: What is added; empty for whole files.
    """

    path: str
    state: State
    text: str
    detail: str = ""

    @property
    def drifted(self) -> bool:
        """Whether `--check` complains."""
        return self.state in (State.WRITE, State.ADD, State.EDITED)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every file of the chosen parts, and sentences about what only a person can do."""

    root: Path
    steps: tuple[Step, ...]
    advice: tuple[str, ...] = field(default=())


def make_plan(setting: Setting, parts: Sequence[str] = ()) -> Plan:
    """What `tradeops init` would do for the parts; all of them if none is named.

    Raises:
        TradeopsError: an unknown part, or a file of the subject that cannot be read.
    """
    for part in parts:
        if part not in PARTS:
            raise TradeopsError(f"`tradeops init` has no part {part!r}.", remedy=suggestion(part, PARTS))
    steps: list[Step] = []
    advice: list[str] = []
    for part, files in PARTS.items():
        if parts and part not in parts:
            continue
        if part == "config":
            completion = complete(setting)
            advice += completion.advice
            state = State.ADD if completion.added else State.SAME
            steps.append(Step("pyproject.toml", state, completion.text, ", ".join(completion.added)))
        found = files(setting)
        advice += [found.advice] if found.advice else []
        steps += [_step(setting.root / file.path, file) for file in found.files]
        setting = _coming(setting, steps)
    return Plan(setting.root, tuple(steps), tuple(advice))


def carry_out(plan: Plan, *, force: bool = False) -> list[tuple[Step, Path | None]]:
    """Writes what the plan says; returns each written step with the backup that was made of it.

    Args:
        force: Overwrite edited files, too; each is kept beside itself as `.bak`, `.bak1`, ...

    Raises:
        TradeopsError: a file cannot be written; it is then as it was.
    """
    written = []
    for step in plan.steps:
        if step.state is State.SAME or (step.state in (State.YOURS, State.EDITED) and not force):
            continue
        target = plan.root / step.path
        backup = _back_up(target) if step.state in (State.YOURS, State.EDITED) else None
        try:
            put_text(target, step.text)
        except OSError as error:
            if backup:
                backup.replace(target)
            raise TradeopsError(
                f"{step.path} could not be written: {error.strerror}.",
                remedy="Nothing more was written; what was before it stays.",
            ) from None
        written.append((step, backup))
    return written


def _coming(setting: Setting, steps: Sequence[Step]) -> Setting:
    """The setting for the next part, which may depend on what this one is about to write."""
    return replace(setting, coming={one.path: one.text for one in steps if one.state in (State.WRITE, State.ADD)})


def _step(path: Path, file: StarterFile) -> Step:
    if not path.exists():
        return Step(file.path, State.WRITE, file.text)
    if not path.is_file():
        raise TradeopsError(f"{path} is not a file.", remedy="Move it away, or leave out its part.")
    there = path.read_text(encoding="utf-8", errors="replace")
    if there == file.text or (file.generated and same(file.text, there)):
        return Step(file.path, State.SAME, there)
    if not file.generated:
        return Step(file.path, State.YOURS, file.text)
    return Step(file.path, State.EDITED, completed(file.text, there))


def _back_up(path: Path) -> Path:
    number = 0
    while True:
        backup = path.with_name(f"{path.name}.bak{number or ''}")
        if not backup.exists():
            path.rename(backup)
            return backup
        number += 1
