"""What is still there when a test has failed, for whoever looks into it: logs, and the command that shows more."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from ..exceptions import Inconclusive, NotApplicable
from .keys import EVIDENCE, is_twin
from .transport import ATTRIBUTE

_PLUGIN = "tradeops-aftermath"


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that a failed test has left.

    Attributes:
        name: A file name without a path; the section of the failure that shows it.
        text: What it says.
        remedy: A sentence for the check's remedy; without one the text is attached to the evidence.
    """

    name: str
    text: str
    remedy: str = ""


type Ask = Callable[[], Iterable[Trace]]
#: On items.
_ASKED = pytest.StashKey[list[Ask]]()


def on_failure(request: pytest.FixtureRequest, ask: Ask) -> None:
    """Lets `ask` tell what there is, should this test fail. Planted faults fail on purpose: theirs is never asked."""
    manager = request.config.pluginmanager
    if not manager.has_plugin(_PLUGIN):
        manager.register(_Aftermath(), _PLUGIN)  # an ordinary run does without
    request.node.stash.setdefault(_ASKED, []).append(ask)


class _Aftermath:
    # Outermost: the evidence must be complete before it is recorded, and the report final before it is added to.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        traces = _collect(item) if _has_failed(item, call) else []
        report = yield
        if report.failed:
            report.sections += [(f"tradeops: {one.name}", one.text) for one in traces]
            phase = getattr(report, ATTRIBUTE, {}).get("phase")
            if phase is not None:
                phase["remedy"] = " ".join(filter(None, (phase["remedy"], *(one.remedy for one in traces))))
        return report


def _has_failed(item: pytest.Item, call: pytest.CallInfo[Any]) -> bool:
    lacking = (Inconclusive, NotApplicable, pytest.skip.Exception)
    return (
        call.when != "teardown"
        and call.excinfo is not None
        and not isinstance(call.excinfo.value, lacking)
        and _ASKED in item.stash
        and not is_twin(item)
    )


def _collect(item: pytest.Item) -> list[Trace]:
    traces: list[Trace] = []
    for ask in item.stash[_ASKED]:
        try:
            traces += ask()
        except Exception as error:  # the failure itself is the news, not this
            traces.append(Trace("aftermath", f"{type(error).__name__}: {error}"))
    evidence = item.stash.get(EVIDENCE, None)
    if evidence is not None:
        for one in traces:
            if not one.remedy:
                evidence.attach(one.name, one.text)
    return traces
