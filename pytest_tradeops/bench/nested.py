"""Runs the subject's pytest in a child and reads what its recorder wrote."""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import processes
from ..exceptions import Inconclusive, NestedRun
from ..processes.child import clean_environment

NESTED = "TRADEOPS_NESTED"
_PLUGIN = "_tradeops_record"
#: A usage error: pytest did not take the command line.
USAGE = 4


@dataclass(frozen=True, slots=True)
class TestRecord:
    """What one test did.

    Attributes:
        phases: `setup`, `call`, `teardown` to the last outcome there: `passed`, `failed`, `skipped`, `xfailed`,
            `xpassed`.
        reruns: How many times it was run again (reports that are neither of pytest's own three outcomes).
        worker: The worker of its last report: `gw0`, ...; `controller` without workers.
    """

    __test__ = False
    phases: Mapping[str, str]
    reruns: int
    worker: str

    @property
    def outcome(self) -> str:
        """One word: `failed` if any phase failed, else that of the call, else `skipped`."""
        if "failed" in self.phases.values():
            return "failed"
        return self.phases.get("call", self.phases.get("setup", "missing"))


@dataclass(frozen=True, slots=True)
class NestedReport:
    """What a nested run did.

    Attributes:
        code: The child's exit code.
        tests: Node id to what the test did.
        workers: How many workers the controller set up; 0 for a run without.
        cores: Way of counting (`logical`, `available`, `physical`) to the number, as the child saw it.
        ini: Name of the settings file pytest chose; None without one.
        broken: Node ids that could not be collected.
        tail: The last line of output, for a message.
    """

    code: int
    tests: Mapping[str, TestRecord] = field(default_factory=dict)
    workers: int = 0
    cores: Mapping[str, int] = field(default_factory=dict)
    ini: str | None = None
    broken: tuple[str, ...] = ()
    tail: str = ""

    @property
    def outcomes(self) -> dict[str, str]:
        return {name: test.outcome for name, test in sorted(self.tests.items())}

    @property
    def busy(self) -> frozenset[str]:
        """The workers that ran at least one test."""
        return frozenset(test.worker for test in self.tests.values())


def run_pytest(
    python: Path,
    root: Path,
    arguments: Sequence[str],
    *,
    select: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    as_module: bool = False,
    timeout: float = 90.0,
) -> NestedReport:
    """Runs pytest on `python` in `root` and returns what happened, whatever its exit code.

    Caches, coverage data and JUnit files of the run go elsewhere, so that the subject stays as it is.

    Args:
        arguments: As on pytest's command line.
        select: Node ids that replace the selection in `arguments` and in the settings; empty leaves it.
        env: Added to the environment.
        as_module: Like `python -m pytest`: the working directory can be imported from.
        timeout: Seconds.

    Raises:
        NestedRun: this process is itself part of a nested run.
        Inconclusive: pytest did not end in time, or ended before it was configured.
    """
    refuse_nesting("`smoke_tests`")
    with processes.scratch("tradeops-nested-") as place:
        shutil.copyfile(Path(__file__).with_name("record.py"), place / f"{_PLUGIN}.py")
        record = place / "record.jsonl"
        environ = clean_environment(
            {
                "COVERAGE_FILE": str(place / "coverage"),
                "PYTHONDONTWRITEBYTECODE": "1",
                **(env or {}),
                NESTED: "1",
                "TRADEOPS_RECORD": str(record),
                "TRADEOPS_RECORD_SELECT": json.dumps(list(select)),
            }
        )
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(place), environ.get("PYTHONPATH", ""))))
        command = command_line(python, root, [*arguments, "-p", _PLUGIN], place / "cache", as_module=as_module)
        try:
            done = processes.run(command, cwd=root, timeout=timeout, env=environ)
        except OSError as error:
            raise Inconclusive(f"{python} cannot be started: {error.strerror}.", remedy="Repair .venv.") from None
        if done.timed_out:
            raise Inconclusive(
                f"`pytest {' '.join(arguments)}` did not end within {timeout:.0f} seconds.",
                remedy="Name a few fast tests as `smoke_tests` in [tool.tradeops].",
            )
        if not record.exists():
            _explain(python, root, done)
            return NestedReport(done.code, tail=telling(done))
        return _read(record, done)


def refuse_nesting(place: str) -> None:
    """Raises `NestedRun` if this process is itself part of a nested run; `place` is where its checks do not belong."""
    if NESTED in os.environ:
        raise NestedRun("A nested run was asked to start another one.", remedy=f"Leave the checks out of {place}.")


def command_line(
    python: Path, root: Path, arguments: Sequence[str], cache: Path, *, as_module: bool = True
) -> list[str]:
    """pytest on that interpreter, with its cache elsewhere than in the subject.

    Args:
        as_module: Like `python -m pytest`: the working directory can be imported from.
    """
    command = [str(python), *(() if as_module else ("-P",)), "-m", "pytest", *arguments]
    return command if _without_cache(root, arguments) else [*command, "-o", f"cache_dir={cache}"]


def has_module(python: Path, name: str, root: Path) -> bool:
    """Whether the interpreter can find the module; nothing of it is run."""
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    return processes.run([str(python), "-P", "-c", code], cwd=root, timeout=30).code == 0


def _explain(python: Path, root: Path, done: processes.Completed) -> None:
    """Nothing was recorded: raises unless pytest refused the command line, which the caller judges."""
    for module, package in (("pytest", "pytest"), ("xdist", "pytest-xdist")):
        if not has_module(python, module, root):
            raise Inconclusive(
                f"{package} is not installed for the subject's interpreter.", remedy=f"Run `pip install {package}`."
            )
    if done.code != USAGE:
        raise Inconclusive(f"pytest ended with {done.code} before it was configured: {telling(done)}")


def _without_cache(root: Path, arguments: Sequence[str]) -> bool:
    # `cache_dir` is an unknown key where the plugin is off, and an error under --strict-config.
    texts = [path.read_text("utf-8", "replace") for path in (root / name for name in SETTINGS_FILES) if path.is_file()]
    return any("no:cacheprovider" in text for text in (*texts, *arguments))


#: Where pytest looks for its settings, in its order.
SETTINGS_FILES = (
    "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg",
)  # fmt: skip


def telling(done: processes.Completed) -> str:
    """The line of output that says most: the last internal error, else the first other error, else the last line."""
    lines = [line.strip() for line in (*done.stdout.splitlines(), *done.stderr.splitlines())]
    internal = [line.removeprefix("INTERNALERROR> ") for line in lines if line.startswith("INTERNALERROR> ")]
    errors = [found[1] for line in lines if (found := re.match(r"(?:.*: error: |ERROR:? (?!usage))(.+)", line))]
    return (internal[-1:] or errors[:1] or [done.tail])[0]


def _read(record: Path, done: processes.Completed) -> NestedReport:
    phases: dict[str, dict[str, str]] = {}
    reruns: dict[str, int] = {}
    worker: dict[str, str] = {}
    broken: list[str] = []
    workers, cores, ini = 0, {}, None
    for line in record.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["event"] == "configured":
            cores, ini = one["cores"], one["ini"]
        elif one["event"] == "workers":
            workers = one["count"]
        elif one["event"] == "collect":
            broken.append(one["nodeid"])
        elif one["event"] == "report":
            name, outcome = one["nodeid"], one["outcome"]
            worker[name] = one["worker"]
            if outcome not in ("passed", "failed", "skipped"):
                reruns[name] = reruns.get(name, 0) + 1
                outcome = "rerun"
            elif one["xfail"]:
                outcome = {"skipped": "xfailed", "passed": "xpassed"}.get(outcome, outcome)
            phases.setdefault(name, {})[one["when"]] = outcome
    return NestedReport(
        code=done.code,
        tests={name: TestRecord(found, reruns.get(name, 0), worker[name]) for name, found in phases.items()},
        workers=workers,
        cores=cores,
        ini=ini,
        broken=tuple(sorted(set(broken))),
        tail=telling(done),
    )
