"""What runs in a production bot runs there: the wheel without its dependencies, NautilusTrader, and no pytest."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from pytest_tradeops.processes import run

ROOT = Path(__file__).parents[2]
#: Refuses what a bot's environment does not have, however it is asked for.
WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pytest", "_pytest", "xdist", "pluggy", "pytest_rerunfailures", "pytest_benchmark"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
sys.path.insert(0, sys.argv[1])
"""
BOT = """
import json
import pytest_tradeops
from pytest_tradeops.telemetry import books, errors, intake, peaks, pipeline, rows, schema, sentry, sink, tables, watch
assert pytest_tradeops.__file__.startswith(sys.argv[1]), pytest_tradeops.__file__
light = {name.partition(".")[0] for name in sys.modules}
from pytest_tradeops.telemetry.collector import MetricsCollector
from nautilus_trader.common.config import ActorFactory, ImportableActorConfig

actor = ActorFactory.create(ImportableActorConfig(
    actor_path="pytest_tradeops.telemetry.collector:MetricsCollector",
    config_path="pytest_tradeops.telemetry.collector:MetricsCollectorConfig",
    config={"conf": "http::addr=127.0.0.1:9;", "spool": sys.argv[2]},
))
sys.path.insert(1, sys.argv[3])
from strategies.backtest import build
engine = build(7)
engine.trader.clear_actors()
engine.add_actor(actor)
engine.run()
stats = actor._store.stats()
engine.dispose()
heavy = {"nautilus_trader", "questdb", "sentry_sdk", "numpy", "pandas", "aiohttp", "yaml"}
print(json.dumps({"heavy": sorted(light & heavy), "spooled": stats.spooled + stats.queued, "failures": actor.failures}))
"""


@pytest.mark.slow
def test_the_wheel_alone_measures_a_bot_without_pytest(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path / "dist"), versions=["standard"])
    target = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:  # `pip install --no-deps --target`, without asking anybody
        archive.extractall(target)
    script = tmp_path / "bot.py"
    script.write_text(WITHOUT + BOT, encoding="utf-8")
    command = [sys.executable, "-P", "-W", "ignore", script, target, tmp_path / "spool", ROOT]
    done = run(command, cwd=tmp_path, timeout=120)
    assert done.code == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["heavy"] == []
    assert said["failures"] == 0
    assert said["spooled"] > 1_000  # nobody listens on port 9: every row is in the spool


def test_pytest_would_be_missed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + "import pytest_tradeops.plugin", "."],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No module named 'pytest'" in done.stderr
