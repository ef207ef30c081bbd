"""Decides at the start what this run is, and registers the parts that it needs."""

from dataclasses import replace
from pathlib import Path

import pytest

from ..clock import today
from ..exceptions import ConfigError, DeclarationError, PolicyError, TradeopsError
from ..gate.catalogue import Catalogue, packaged, read_tree
from ..gate.conclude import Policy
from ..gate.profile import load_profile
from ..gate.waivers import base_not_applicable, load_waivers
from ..redaction import Redactor
from .guards import GateGuards
from .keys import STATE, RunState, is_worker
from .suites import SuiteCollector, selects_verification, take_suite_arguments
from .workers import listed_by_controller, selected_by_controller

POLICY_INVALID = 23


def configure(config: pytest.Config) -> None:
    """Makes the run's state, and registers collection and gate where they are asked for."""
    option = config.option
    gate = option.tradeops_gate or ""
    # Workers get the arguments as they were typed, but relative to another folder: the controller's answer counts.
    taken = take_suite_arguments(config.args, config.invocation_params.dir)
    selected = selected_by_controller(config) if is_worker(config) else taken
    state = RunState(
        root=Path(option.tradeops_subject).resolve() if option.tradeops_subject else config.rootpath,
        gate=gate,
        faults="with" if gate else option.tradeops_faults or "off",
        selected=selected,
        suites=bool(gate or selected or selects_verification(option.markexpr or "")),
        listed=listed_by_controller(config),
        redactor=Redactor(hooks=[lambda key, text: config.hook.pytest_tradeops_redact(key=key, text=text)]),
    )
    config.stash[STATE] = state
    _refuse_wrong_options(config, state)
    if not state.suites:
        return
    collector = SuiteCollector(config)
    _register(config, collector, "tradeops-suites")
    if gate:
        # A collection error must not keep the other checks from running: it would, but only without workers.
        option.continue_on_collection_errors = True
    if is_worker(config):
        _guard(config, gate)
        return
    collector.refuse_unknown()
    if gate:
        from .controller import GateController
        from .finish import clear_targets

        try:
            clear_targets(config)
        except TradeopsError as error:
            raise pytest.UsageError(f"tradeops: {error}") from None
        policy = _policy(state)
        state.listed = policy.profile.listed
        _register(config, GateController(config, policy), "tradeops-gate")
        _guard(config, gate)  # after it, so that whatever the session's end raises is caught before the verdict
    else:
        _settings_or_usage_error(state)


def _guard(config: pytest.Config, gate: str) -> None:
    if gate:
        _register(config, GateGuards(config), "tradeops-guards")


def _register(config: pytest.Config, plugin: object, name: str) -> None:
    """Registers a part of ours; one that was blocked with `-p no:NAME` would leave a gate that does not judge."""
    if config.pluginmanager.register(plugin, name) is None:
        raise pytest.UsageError(f"tradeops: -p no:{name} takes a part of the gate out; leave it out.")


def _policy(state: RunState) -> Policy:
    """Everything decided before the run; what is wrong with it ends the run with 23 before any check."""
    try:
        if not state.root.is_dir():
            raise ConfigError(f"The subject {state.root} is not a folder.", remedy="Correct --tradeops-subject.")
        settings, day = state.settings, today()
        catalogue = packaged().joined(own_checks(state))
        profile = load_profile(state.gate, settings.profiles, catalogue.ids, day)
        for check in settings.not_applicable:
            if check not in catalogue.ids:
                raise PolicyError(
                    f"[tool.tradeops.not_applicable] names an unknown check {check!r}.", remedy="Correct it."
                )
        book = load_waivers(state.subject.git, settings.waivers, settings.default_branch, catalogue.ids, day)
        declared, notes = base_not_applicable(state.subject.git, settings.not_applicable, settings.default_branch)
        return Policy(profile, catalogue, replace(book, remarks=(*book.remarks, *notes)), declared, day)
    except (ConfigError, PolicyError, DeclarationError) as error:
        pytest.exit(f"tradeops: {error}", returncode=POLICY_INVALID)


def own_checks(state: RunState) -> Catalogue:
    """The adopter's own checks, from `checks` in `[tool.tradeops]`."""
    paths = [state.subject.path(one) for one in state.settings.checks]
    return read_tree(paths, root=state.root)


def _settings_or_usage_error(state: RunState) -> None:
    try:
        _ = state.settings
    except TradeopsError as error:
        raise pytest.UsageError(f"tradeops: {error}") from None


def _refuse_wrong_options(config: pytest.Config, state: RunState) -> None:
    option = config.option
    if state.gate and option.tradeops_faults in ("only", "off"):
        raise pytest.UsageError("--tradeops-gate always runs planted faults; leave --tradeops-faults out.")
    if not state.gate:
        for name in ("report", "html", "summary"):
            if getattr(option, f"tradeops_{name}"):
                raise pytest.UsageError(
                    f"--tradeops-{name} needs --tradeops-gate PROFILE: without it there is no verdict."
                )
