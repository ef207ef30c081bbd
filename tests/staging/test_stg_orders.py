"""STG-003, STG-015 and STG-016 as they are run: on the reference bot and on a small team's, sound and broken."""

import json
import shutil
from pathlib import Path

import pytest
from lean import LEAN
from staging_support import FILES, MAKER, NODE, PROJECT

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CHECKS = {number: f"tradeops/staging/test_stg_{number}.py" for number in ("003", "015", "016")}
PROFILE = '\n[tool.tradeops.profiles.own]\nrequired = ["STG-003", "STG-015", "STG-016"]\n'


def write(root: Path, **changed: str) -> None:
    """The small team's repository; `desk_node`, `desk_maker` and `pyproject` replace a file's text."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(changed.get(name.rpartition(".")[0].replace("/", "_"), text), encoding="utf-8")


def judged(pytester: pytest.Pytester, workers: int) -> dict[str, dict[str, object]]:
    """Check id to its part of the report of a gated run that is to promote."""
    done = pytester.runpytest_subprocess(
        f"-n{workers}", *LEAN, "--tradeops-gate=own", "--tradeops-report=out/report.json", *CHECKS.values()
    )
    report = json.loads((pytester.path / "out" / "report.json").read_text())
    assert (done.ret, report["verdict"]) == (0, "PROMOTE"), done.stdout.str()
    return {one["id"]: one for one in report["checks"] if one["id"][4:] in CHECKS}


def test_the_reference_bot_is_examined_and_every_planted_fault_caught(pytester: pytest.Pytester) -> None:
    shutil.copytree(ROOT / "strategies", pytester.path / "strategies", ignore=shutil.ignore_patterns("__pycache__"))
    (pytester.path / "pyproject.toml").write_text(f"[tool.tradeops]\n{PROFILE}", encoding="utf-8")
    found = judged(pytester, 0)
    for check in found.values():
        facts = check["evidence"]["facts"]  # type: ignore[index]
        assert facts["configuration"] == "strategies.node:node_config"
        assert facts["strategies"] == {"EmaCross-000": "strategies.ema_cross:EmaCross"}
        assert facts["exchanges"] == ["binance-spot"]
    assert [one["count"] for one in found["STG-003"]["evidence"]["examined"]] == [4, 2]  # type: ignore[index]
    assert not (pytester.path / "out" / "venue").exists()  # journals are kept of failures


def test_a_bot_on_two_exchanges_is_examined_on_both(pytester: pytest.Pytester) -> None:
    write(pytester.path, pyproject=PROJECT + PROFILE)
    found = judged(pytester, 2)
    for check in found.values():
        facts = check["evidence"]["facts"]  # type: ignore[index]
        assert facts["strategies"] == {"Maker-001": "desk.maker:Maker", "Maker-002": "desk.maker:Maker"}
        assert facts["exchanges"] == ["binance-futures", "bybit"]
    assert [one["count"] for one in found["STG-003"]["evidence"]["examined"]] == [8, 4]  # type: ignore[index]
    assert [one["count"] for one in found["STG-015"]["evidence"]["examined"]] == [2]  # type: ignore[index]
    assert [one["count"] for one in found["STG-016"]["evidence"]["examined"]] == [4]  # type: ignore[index]


LEAVES = MAKER.replace("self.cancel_all_orders(self.config.market)", "pass")
NAMES = MAKER.replace(
    "self.cancel_all_orders(self.config.market)",
    "\n        ".join(
        (
            "for order in self.cache.orders_open(strategy_id=self.id):",
            "    self.log.warning(f'{order.client_order_id} stays')",
        )
    ),
)
AT_ONCE = NODE.replace('"graceful_shutdown_on_exception": True', '"graceful_shutdown_on_exception": False')
RISK_AT_ONCE = NODE.replace("LiveRiskEngineConfig(**orderly)", "LiveRiskEngineConfig()")
NOBODY = NODE[: NODE.index("        strategies=[")] + "    )\n" + NODE[NODE.index("\n\ndef provider") :]
NO_MARKET = NODE.replace("ETHUSDT-PERP.BINANCE", "XRPUSDT-PERP.BINANCE")
RAISES = NODE.replace("def build():", "def build():\n    raise ValueError('no')")


@pytest.mark.parametrize(
    ("check", "changed", "told"),
    [
        ("016", {"desk_maker": LEAVES}, "exception: order left at the venue: After an exception in * of Maker-001 *"),
        ("016", {"desk_node": AT_ONCE}, "exception: order left at the venue: * the process ended (exited)*"),
        ("016", {"desk_node": RISK_AT_ONCE}, "exception: node ends at once: An exception in the risk_engine *"),
        ("016", {"desk_node": NOBODY}, "exception: strategies missing: desk.node:build names no strategies*"),
        ("003", {"desk_node": RAISES}, "node: raised: * raised ValueError: no.*"),
        ("003", {"pyproject": "[tool.tradeops]\n"}, "node: entry missing: * Run `tradeops init strategies`*"),
        ("015", {"pyproject": "[tool.tradeops]\n"}, "node: entry missing: * Run `tradeops init strategies`*"),
        ("016", {"pyproject": "[tool.tradeops]\n"}, "node: entry missing: * Run `tradeops init strategies`*"),
    ],
)
def test_what_is_wrong_with_a_bot_is_told_in_a_sentence(
    pytester: pytest.Pytester, check: str, changed: dict[str, str], told: str
) -> None:
    write(pytester.path, **changed)
    done = pytester.runpytest_subprocess(*LEAN, CHECKS[check])
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines([told])
    assert "Traceback" not in done.stdout.str().partition("- tradeops: ")[0]  # the node's own log may have one


def test_an_order_that_a_strategy_names_may_stay(pytester: pytest.Pytester) -> None:
    write(pytester.path, desk_maker=NAMES)
    pytester.runpytest_subprocess(*LEAN, CHECKS["016"]).assert_outcomes(passed=1)


def test_a_bot_whose_instruments_the_venue_lacks_is_told_so(pytester: pytest.Pytester) -> None:
    write(pytester.path, desk_node=NO_MARKET, pyproject=PROJECT + 'start_timeout = "5s"\n')
    done = pytester.runpytest_subprocess(*LEAN, CHECKS["003"])
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["node: not started: * not connected. The log's last word: *KeyError('XRPUSDT')*"])
