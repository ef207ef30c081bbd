"""What `tradeops services` and `tradeops doctor` do, as plain data."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..exceptions import ServiceUnavailable
from ..processes import Removed, registry, stop_detached, supervisor
from ..processes import prune as prune_processes
from .providers import SERVICES, offered, provider
from .settings import ServicesSettings


def show() -> list[dict[str, Any]]:
    """Every service of this user that runs or was left behind: id, name, state, label, pids, endpoints.

    `state` is `owned` (a run has it), `kept` (started by `tradeops services start`) or `leftover`.
    """
    return [_shown(record) for record in registry.records()]


def start(name: str, settings: ServicesSettings, label: str = "") -> dict[str, Any]:
    """Starts a server that is kept until `stop`, for development; one that this checkout already keeps is returned.

    Raises:
        ServiceUnavailable: no such service, one that cannot be kept, no Java, no jar, or it did not start.
    """
    if name not in SERVICES:
        raise ServiceUnavailable(f"There is no service {name!r}.", remedy=f"Known: {', '.join(SERVICES)}.")
    if "process" not in offered(name):
        raise ServiceUnavailable(
            f"{name} cannot be kept here: it has no provider that starts a process.",
            remedy=f"Start one yourself, and name it in TRADEOPS_{name.upper()}_URL.",
        )
    label = label or str(Path.cwd())
    kept = [one for one in show() if one["state"] == "kept" and one["name"] == name and one["label"] == label]
    if kept:
        return kept[0]
    from .questdb.process import launch

    running = launch(settings, detached=True, label=label)
    pid = running.pid()
    shown = next(one for one in show() if one["child"] == pid)
    # The supervisor may not have written these yet.
    return {**shown, "version": running.handle.version, "endpoints": dict(running.handle.endpoints)}


def stop(name: str = "", label: str = "") -> list[dict[str, Any]]:
    """Ends the kept services of this name and checkout (empty: of all); what was ended. Never one that a run owns.

    Raises:
        ServiceUnavailable: one did not end in time.
    """
    ended = []
    for record in list(registry.records()):
        shown = _shown(record)
        if shown["state"] != "kept" or (name and record["name"] != name) or (label and record["label"] != label):
            continue
        if not stop_detached(record):
            raise ServiceUnavailable(
                f"{record['id']} did not end in time (pid {shown['child']}).", remedy="Run `tradeops services prune`."
            )
        ended.append(shown)
    return ended


def prune() -> list[dict[str, Any]]:
    """Removes what killed runs left behind: processes, folders, containers, and what they changed on a Grafana."""
    removed = [{**asdict(one), "directories": list(one.directories)} for one in prune_processes()]
    # Containers carry their owner in labels: one whose record was lost with the runtime folder is found all the same.
    return [*removed, *map(_pruned_container, _prune_containers()), *_pruned_changes()]


def _pruned_container(short_id: str) -> dict[str, Any]:
    return asdict(Removed(short_id, "container", "", 0, ())) | {"directories": []}


def _pruned_changes() -> list[dict[str, Any]]:
    from .grafana import undo

    return [asdict(Removed(run, "grafana", "", 0, (), problem)) | {"directories": []} for run, problem in undo.sweep()]


def _prune_containers() -> list[str]:
    from .owned import prune_containers

    return prune_containers()


def probe(settings: ServicesSettings) -> dict[str, dict[str, dict[str, str]]]:
    """Service, then provider, to `why_not` (empty for one that is worth trying) and the `grade` to expect of it.

    Only the configured providers are asked; the others read `not configured`. Starts nothing.
    """
    return {name: {kind: _probe_one(name, kind, settings) for kind in offered(name)} for name in SERVICES}


def _probe_one(name: str, kind: str, settings: ServicesSettings) -> dict[str, str]:
    if kind not in settings.providers:
        why_not = "not configured: it is not among providers in [tool.tradeops.services]."
        return {"why_not": why_not, "grade": ""}
    try:
        one = provider(name, kind)
        why_not = one.available(settings)
        return {"why_not": why_not, "grade": "" if why_not else one.grade(settings).label}
    except ServiceUnavailable as error:
        return {"why_not": str(error), "grade": ""}


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    kept = "kept" if record["owner"] is None else "owned"
    state = "leftover" if registry.is_leftover(record) else kept
    handle = record.get("handle") or {}
    return {
        "id": record["id"],
        "name": record["name"],
        "state": state,
        "label": record["label"],
        "owner": (record["owner"] or {}).get("pid", 0),
        "child": (record["child"] or {}).get("pid", 0) if supervisor.alive(record["child"]) else 0,
        "version": handle.get("version", ""),
        "endpoints": handle.get("endpoints", {}),
        "directories": list(record["directories"]),
    }
