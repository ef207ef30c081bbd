"""Runs the subject's backtest in a fresh process, or the same backtest twice in two that share nothing but the seed."""

import json
import signal
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..exceptions import CheckFailed, Inconclusive
from ..model import Finding
from ..processes import run, scratch
from ..processes.child import clean_environment
from .report import BacktestResult

_CHILD = Path(__file__).with_name("child")
#: The team's own database and error tracking are led nowhere: what happens here is none of their news.
_ELSEWHERE = {"QDB_CLIENT_CONF": "", "SENTRY_DSN": ""}

#: What a problem of the child is called, per word its reason begins with, and what to do about it.
_REMEDIES = {
    "missing": ("entry missing", "Run `tradeops init strategies`, or name yours in [tool.tradeops.{table}] entry."),
    "raised": ("raised", "Correct the line, then run the entry again."),
    "wrong type": (
        "wrong type",
        "Return the object that [tool.tradeops.{table}] entry asks for; see docs/backtest.md.",
    ),
}


def run_backtest(
    root: Path, python: Path, entry: str, seed: int, *, hash_seed: int = 0, timeout: float = 120.0
) -> BacktestResult:
    """Builds and runs `entry(seed)` of the subject at `root` in a process of its own.

    Args:
        entry: `package.module:function`, returning a `BacktestEngine` that is complete and not yet run.
        hash_seed: The child's PYTHONHASHSEED.
        timeout: Seconds.

    Raises:
        CheckFailed: `backtest: entry missing`, `raised`, `wrong type`, `timed out` or `crashed`.
        Inconclusive: the subject's interpreter has no NautilusTrader.
    """
    task = {"task": "backtest", "entry": entry, "seed": seed}
    started = time.monotonic()
    answer = run_task(root, python, task, hash_seed=hash_seed, timeout=timeout)
    return BacktestResult.from_json(answer["report"], answer["versions"], time.monotonic() - started)


def run_twice(
    root: Path, python: Path, entry: str, seed: int, *, timeout: float = 120.0
) -> tuple[BacktestResult, BacktestResult]:
    """The same backtest in two processes at once, with different PYTHONHASHSEED; raises as `run_backtest` does."""
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(run_backtest, root, python, entry, seed, hash_seed=one, timeout=timeout) for one in (1, 4711)
        ]
        return runs[0].result(), runs[1].result()


def run_task(
    root: Path,
    python: Path,
    task: Mapping[str, Any],
    *,
    hash_seed: int = 0,
    timeout: float = 120.0,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Runs one task of `node/child` on the subject's interpreter and returns what it wrote.

    The child sees no live credentials, imports the subject from `root` (or `root/src`) before anything installed,
    and leaves no bytecode behind.
    """
    word = task["task"]
    root = root.resolve()
    with scratch("tradeops-backtest-") as place:
        order, answer = place / "task.json", place / "result.json"
        order.write_text(json.dumps({**task, "root": str(root)}), encoding="utf-8")
        places = ":".join(str(place) for place in (root, root / "src") if place.is_dir())
        variables = clean_environment(
            {
                "PYTHONPATH": places,
                "PYTHONHASHSEED": str(hash_seed),
                "PYTHONDONTWRITEBYTECODE": "1",
                **_ELSEWHERE,
                **(environ or {}),
            }
        )
        try:
            done = run([python, "-P", "-W", "ignore", _CHILD, order, answer], cwd=root, timeout=timeout, env=variables)
        except OSError as error:
            raise Inconclusive(
                f"The subject's interpreter cannot be started: {error.strerror}.",
                remedy="Create its .venv again, for instance with `uv sync`.",
            ) from None
        if answer.exists():
            result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        elif done.timed_out:
            raise _failed(
                f"{word}: timed out",
                f"{task['entry']} did not end within {timeout:g} s.",
                remedy="Shorten its data, or raise [tool.tradeops.backtest] timeout.",
            )
        else:
            raise _failed(
                f"{word}: crashed",
                f"The process ended {_how(done.code)} without a result; its last words: {done.tail[:200]}",
                remedy="Run the entry by hand: a native library aborted it, or the code ends the process.",
            )
    problem = result.get("problem")
    if problem is None:
        return result
    if problem["kind"] == "no nautilus":
        raise Inconclusive(problem["message"], remedy="pip install 'pytest-tradeops[nautilus]'")
    reason, remedy = _REMEDIES[problem["kind"]]
    word = problem["word"]  # a task may need two entries
    raise _failed(f"{word}: {reason}", problem["message"], problem["where"], remedy.format(table=word))


def _failed(reason: str, message: str, where: str = "", remedy: str = "") -> CheckFailed:
    return CheckFailed([Finding(reason, message, where, remedy)])


def _how(code: int) -> str:
    if code >= 0:
        return f"with code {code}"
    names = {one.value: one.name for one in signal.Signals}
    return f"by {names.get(-code, f'signal {-code}')}"
