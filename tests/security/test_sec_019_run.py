"""SEC-019 as it is run: on the reference bot, on bots whose limit does not hold, and where nothing can be shown."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CHECK = "tradeops/security/test_sec_019.py"
RECORD = "docs/adr/ADR-003-risk-management.md"


@pytest.fixture
def root(pytester: pytest.Pytester) -> Path:
    """The reference bot with its records."""
    for name in ("strategies", "docs/adr"):
        shutil.copytree(ROOT / name, pytester.path / name, ignore=shutil.ignore_patterns("__pycache__"))
    profile = '[tool.tradeops.profiles.own]\nrequired = ["SEC-019"]\n'
    (pytester.path / "pyproject.toml").write_text(profile, encoding="utf-8")
    return pytester.path


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), encoding="utf-8")


def judged(pytester: pytest.Pytester) -> tuple[int, dict[str, Any]]:
    done = pytester.runpytest_subprocess("--tradeops-gate=own", "--tradeops-report=out/report.json", CHECK)
    report = json.loads((pytester.path / "out" / "report.json").read_text())
    (check,) = [one for one in report["checks"] if one["id"] == "SEC-019"]
    return int(done.ret), check


@pytest.mark.usefixtures("root")
def test_the_reference_bot_keeps_its_limit_and_the_fault_is_caught(pytester: pytest.Pytester) -> None:
    code, check = judged(pytester)
    assert (code, check["outcome"]) == (0, "passed"), check
    assert [one["caught"] for one in check["faults"]] == [True]
    counts = [one["count"] for one in check["evidence"]["examined"]]
    assert counts[0] >= 3  # filled
    assert counts[1] >= 4  # two of the burst, one beyond the brim, one behind a resting order
    assert check["evidence"]["facts"]["limits"] == {"BTCUSDT.BINANCE": "1"}


#: A limiter that counts positions only: orders on their way, and those that rest, go past it.
POSITIONS_ONLY = (
    "most = beyond(held, limit, self._working(instrument), wanted)",
    "most = beyond(held, limit, [], wanted)",
)
#: One that forgets what it has passed: a burst goes past it.
FORGETS = ("self._passed[order.client_order_id] = order", "pass")


@pytest.mark.parametrize("broken", [POSITIONS_ONLY, FORGETS])
def test_a_limiter_that_overlooks_something_is_found(
    pytester: pytest.Pytester, root: Path, broken: tuple[str, str]
) -> None:
    edit(root, "strategies/limiter.py", *broken)
    done = pytester.runpytest_subprocess(CHECK)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["position-limit: exceeded at venue: BTCUSDT.BINANCE could reach *"])


def test_a_node_in_which_only_the_strategies_keep_the_limit_is_found(pytester: pytest.Pytester, root: Path) -> None:
    edit(root, "strategies/node.py", "        controller=position_limiter(),\n", "")
    done = pytester.runpytest_subprocess(CHECK)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["position-limit: exceeded at venue: *"])


def test_a_limit_that_nothing_comes_near_is_inconclusive(pytester: pytest.Pytester, root: Path) -> None:
    """Every order is denied for its notional, so the position never gets anywhere."""
    edit(root, "strategies/risk.py", '{"BTCUSDT.BINANCE": 50_000}', '{"BTCUSDT.BINANCE": 100}')
    code, check = judged(pytester)
    assert (code, check["outcome"]) == (20, "inconclusive"), check
    assert "0 fills and 0 denials of BTCUSDT.BINANCE" in check["reason"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('[limits.max_position]                      # base currency, absolute net position\n"BTCUSDT.BINANCE" = 1\n', "",
         "position-limit: none: *Write ?limits.max_position? *"),
        ('position\n"BTCUSDT.BINANCE" = 1\n', 'position\n"BTCUSDT.BINANCE" = 0\n', "adr-003: limit unreadable: *"),
    ],
)  # fmt: skip
def test_a_record_without_a_limit_is_told_so(
    pytester: pytest.Pytester, root: Path, old: str, new: str, told: str
) -> None:
    edit(root, RECORD, old, new)
    done = pytester.runpytest_subprocess(CHECK)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines([told])


def test_an_instrument_that_the_venue_lacks_is_inconclusive(pytester: pytest.Pytester, root: Path) -> None:
    edit(root, RECORD, 'position\n"BTCUSDT.BINANCE" = 1\n', 'position\n"BTCUSDT.BINANCE" = 1\n"DOGEUSDT.BINANCE" = 1\n')
    _, check = judged(pytester)
    assert check["outcome"] == "inconclusive"
    assert "DOGEUSDT.BINANCE" in check["reason"]
