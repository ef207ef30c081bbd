"""Gives each phase of a check its deadline: set-up, body and tear-down, of its planted faults as well."""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, nullcontext

import pytest

from ..exceptions import TradeopsError
from ..gate.profile import load_profile
from .deadline import deadline
from .keys import SPEC, RunState, state_of


class Bounds:
    """Registered beside `CheckRuntime`; not with --pdb, where somebody may think for as long as it takes."""

    def __init__(self, config: pytest.Config) -> None:
        self._budgets = _budgets(state_of(config))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        with self._bounded(item, "setup"):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        with self._bounded(pyfuncitem, "call"):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        with self._bounded(item, "teardown"):
            return (yield)

    def _bounded(self, item: pytest.Item, when: str) -> AbstractContextManager[None]:
        spec = item.stash.get(SPEC, None)
        if spec is None or item.config.option.usepdb:
            return nullcontext()
        return deadline(self._budgets.get(spec.id, spec.budget), spec.id, when)


def _budgets(state: RunState) -> Mapping[str, float]:
    """Check id to the seconds that the profile allows in place of the check's own budget."""
    if not state.gate:
        return {}
    try:
        return load_profile(state.gate, state.settings.profiles, frozenset()).budgets
    except TradeopsError:
        return {}  # the controller has refused it with its own sentence
