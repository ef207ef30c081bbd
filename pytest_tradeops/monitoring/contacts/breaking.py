"""Mistakes in the alerting files of a copy, for planted faults: whatever the files look like, one thing is broken."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...exceptions import DeclarationError
from ...yaml_bounds import yaml_module
from .interpolate import variables
from .parse import parse, read
from .routing import Routing
from .subject import ALERTING

_CRITICAL = "critical"


def literal_credential(root: Path, folder: str, kind: str, key: str, value: str) -> tuple[str, str]:
    """A credential written into the file. Returns the file, relative to `root`, and its new text."""

    def edit(document: dict[str, Any]) -> bool:
        for settings in _settings(document, kind):
            if variables(settings.get(key)):
                settings[key] = value
                return True
        return False

    return _edited(root, folder, edit, f"no {kind} receiver takes {key} from a variable")


def misspelt_key(root: Path, folder: str, kind: str, key: str, wrong: str) -> tuple[str, str]:
    """A setting under a name that Grafana does not know, and so drops."""

    def edit(document: dict[str, Any]) -> bool:
        for settings in _settings(document, kind):
            if key in settings:
                settings[wrong] = settings.pop(key)
                return True
        return False

    return _edited(root, folder, edit, f"no {kind} receiver has {key}")


def misspelt_severity(root: Path, folder: str, kind: str) -> tuple[str, str]:
    """Policies that expect another word than the rules carry, so that critical alerts miss one messenger.

    Where they would reach it all the same, as everything does, a route is put in front that takes them elsewhere.
    """

    def edit(document: dict[str, Any]) -> bool:
        policies = document.get("policies")
        if not isinstance(policies, list) or not policies:
            return False
        for policy in policies:
            for node in _nodes(policy):
                _misspell(node)
            if _reaches(root, folder, policy, kind):
                other = {"receiver": policy["receiver"], "object_matchers": [["severity", "=", _CRITICAL]]}
                policy["routes"] = [{**other, "group_wait": "5m"}, *(policy.get("routes") or [])]
        return True

    return _edited(root, folder, edit, "there is no policy tree")


def annotation(root: Path, folder: str, text: str) -> tuple[str, str]:
    """Another text in an annotation of the first critical rule, or of the first rule."""

    def edit(document: dict[str, Any]) -> bool:
        rules = [rule for group in document.get("groups") or [] for rule in group.get("rules") or []]
        critical = [rule for rule in rules if (rule.get("labels") or {}).get("severity") == _CRITICAL]
        for rule in critical or rules:
            rule["annotations"] = {**(rule.get("annotations") or {}), "summary": text}
            return True
        return False

    return _edited(root, folder, edit, "there is no rule")


def as_html(root: Path, folder: str) -> tuple[str, str]:
    """Telegram's messages as HTML, which is what Grafana sends where the settings say nothing."""

    def edit(document: dict[str, Any]) -> bool:
        found = list(_settings(document, "telegram"))
        for settings in found:
            settings["parse_mode"] = "HTML"
        return bool(found)

    return _edited(root, folder, edit, "no receiver sends to Telegram")


def _edited(root: Path, folder: str, edit: Callable[[dict[str, Any]], bool], nothing: str) -> tuple[str, str]:
    yaml = yaml_module()

    place = f"{folder.strip('/')}/{ALERTING}"
    there = root / place
    for path in sorted(there.iterdir()) if there.is_dir() else ():
        if path.suffix not in (".yaml", ".yml", ".json"):
            continue
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and edit(document):
            text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
            return f"{place}/{path.name}", text
    raise DeclarationError(f"Nothing to break in {place}: {nothing}.", remedy="Run `tradeops init monitoring`.")


def _settings(document: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    for point in document.get("contactPoints") or []:
        for receiver in point.get("receivers") or []:
            if receiver.get("type") == kind and isinstance(receiver.get("settings"), dict):
                yield receiver["settings"]


def _nodes(policy: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield policy
    for child in policy.get("routes") or []:
        yield from _nodes(child)


def _misspell(node: dict[str, Any]) -> None:
    wrong = f"{_CRITICAL}s"
    for matcher in node.get("object_matchers") or []:
        if len(matcher) == 3 and _CRITICAL in str(matcher[2]):
            matcher[2] = str(matcher[2]).replace(_CRITICAL, wrong)
    node_matchers = node.get("matchers")
    if isinstance(node_matchers, list):
        node["matchers"] = [str(one).replace(_CRITICAL, wrong) for one in node_matchers]
    for key in ("match", "match_re"):
        table = node.get(key)
        if isinstance(table, dict):
            node[key] = {name: str(value).replace(_CRITICAL, wrong) for name, value in table.items()}


def _reaches(root: Path, folder: str, policy: dict[str, Any], kind: str) -> bool:
    """Whether a critical alert still gets there at once."""
    yaml = yaml_module()

    from .linking import IMMEDIATE

    alerting = read(root / folder / ALERTING)
    tree = parse(yaml.safe_dump({"policies": [policy]})).policy
    if tree is None:
        return False
    rules = [rule.alert_labels for rule in alerting.rules if rule.labels.get("severity") == _CRITICAL]
    for labels in rules or [{"severity": _CRITICAL}]:
        for route in Routing(tree).route(labels):
            point = alerting.point(route.receiver)
            if point and route.group_wait <= IMMEDIATE and any(one.type == kind for one in point.receivers):
                return True
    return False
