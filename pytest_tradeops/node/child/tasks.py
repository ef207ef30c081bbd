"""The tasks a child can be given, and how their result gets back: one JSON file, written last."""

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from .entry import NO_NAUTILUS, Problem, call, find


def main(task_file: str, result_file: str) -> None:
    """Runs the task and ends the process at once: a subject's threads must not keep the answer waiting."""
    task = json.loads(Path(task_file).read_text(encoding="utf-8"))
    result: dict[str, Any]
    try:
        result = _TASKS[task["task"]](task)
        result["versions"] = _versions()
    except Problem as problem:
        result = _problem(problem)
    except ModuleNotFoundError as error:  # of this program's own imports; the subject's are told apart in `entry`
        if (error.name or "").partition(".")[0] != "nautilus_trader":
            raise
        result = _problem(Problem("no nautilus", NO_NAUTILUS))
    partial = Path(result_file + ".part")
    partial.write_text(json.dumps(result), encoding="utf-8")
    partial.replace(result_file)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def build(task: dict[str, Any]) -> Any:
    """The subject's engine, not yet run."""
    root = Path(task["root"])
    function = find(task["entry"], root)
    from nautilus_trader.backtest.engine import BacktestEngine  # type: ignore[import-not-found]

    engine = call(function, task["seed"], root=root, doing=f"{task['entry']}({task['seed']})")
    if not isinstance(engine, BacktestEngine):
        raise Problem("wrong type", f"{task['entry']} returned {type(engine).__name__}, not a BacktestEngine.")
    return engine


def _backtest(task: dict[str, Any]) -> dict[str, Any]:
    from .recorder import Recorder

    engine = build(task)
    recorder = Recorder(engine)
    call(engine.run, root=Path(task["root"]), doing="The backtest")
    return {"report": recorder.report()}


def _risk(task: dict[str, Any]) -> dict[str, Any]:
    find(task["risk_entry"], Path(task["root"]), word="risk")  # before the import of NautilusTrader takes its seconds
    from .limits import inspect

    return inspect(task, lambda: build(task))


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "problem": {
            "kind": problem.kind,
            "word": problem.word,
            "message": problem.message,
            "where": problem.where,
        }
    }


def _versions() -> dict[str, str]:
    from nautilus_trader import __version__

    return {"nautilus_trader": __version__, "python": platform.python_version()}


_TASKS = {"backtest": _backtest, "risk": _risk}
