"""A pytest plugin of its own: writes what happens in a run as JSON lines, so that nobody reads terminal text.

A copy of this file is loaded into the subject's pytest with `-p`; it therefore uses the standard library and pluggy
only, and must not import the package. Environment:

* `TRADEOPS_RECORD`: the file to write.
* `TRADEOPS_RECORD_SELECT`: a JSON list of node ids that replaces the run's own selection (paths, `-m`, `-k`).
"""

import importlib
import json
import os
from pathlib import Path
from typing import Any

from pluggy import HookimplMarker

hookimpl = HookimplMarker("pytest")


@hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    select = json.loads(os.environ.get("TRADEOPS_RECORD_SELECT", "[]"))
    if select:
        config.args[:] = select
        config.option.markexpr = config.option.keyword = ""
        config.option.deselect = None
    config.option.xmlpath = None  # a run for evidence must not replace the subject's own report
    if not hasattr(config, "workerinput"):  # workers report to the controller, which writes
        recorder = Recorder(os.environ["TRADEOPS_RECORD"])
        config.pluginmanager.register(recorder, "tradeops-recorder")
        ini = getattr(config, "inipath", None)
        recorder.write("configured", ini=ini.name if ini else None, cores=cores())


def cores() -> dict[str, int]:
    """How many there are for this process, by the ways in which `-n auto` and `-n logical` count them."""
    found = {"logical": os.cpu_count() or 1}
    if hasattr(os, "sched_getaffinity"):
        found["available"] = len(os.sched_getaffinity(0))
    try:
        psutil = importlib.import_module("psutil")
        found["physical"] = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    except ImportError:
        pass
    return found


class Recorder:
    """Writes one JSON object a line: `event` is `configured`, `workers`, `report`, `collect` or `finished`."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def write(self, event: str, **values: Any) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, **values}) + "\n")

    @hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, specs: list[Any]) -> None:
        self.write("workers", count=len(specs))

    @hookimpl
    def pytest_runtest_logreport(self, report: Any) -> None:
        node = getattr(report, "node", None)
        self.write(
            "report",
            nodeid=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            xfail=hasattr(report, "wasxfail"),
            worker=getattr(report, "worker_id", None) or (node.gateway.id if node else "controller"),
        )

    @hookimpl
    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.write("collect", nodeid=report.nodeid)

    @hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self.write("finished", status=int(exitstatus))
