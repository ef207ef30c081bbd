"""From paths to material: finds the files, reads them, and sorts what they hold by its shape."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dashboards import dashboard, is_dashboard, library_panel, modern
from .finding import Place, Report
from .material import ContactPoint, DataSource, Document, Material, Policy, mapping, sequence, text
from .provisioning import api_group, api_rules, rules_of
from .reading import SUFFIXES, Read, Unreadable, parse, read
from .spelling import misspelt

#: Folders that hold no monitoring of the project's own.
PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages", ".git", ".venv", "venv"})
#: More files than this are not Grafana's; the first ones are examined, and the report says so.
MAX_FILES = 5_000
#: One of these stands in every file that is ours, broken or not.
_MARKS = (
    *('"panels"', '"targets"', '"datasource"', "rawSql", "groups:", "contactPoints:", "policies:", "datasources:"),
    *("datasourceUid", "noDataState", '"schemaVersion"'),
)
_PROVISIONING = frozenset(
    {
        *("groups", "deleteRules", "contactPoints", "deleteContactPoints", "policies", "resetPolicies", "templates"),
        *("deleteTemplates", "muteTimes", "deleteMuteTimes", "datasources", "deleteDatasources", "prune", "providers"),
    }
)


def load(paths: Iterable[Path], report: Report, context: Iterable[Path] = ()) -> Material:
    """Reads the files that were given and those below the folders that were given.

    Args:
        context: Files that are not examined, but define data sources, contact points and policies.
    """
    material = Material()
    later: list[_Later] = []
    seen: set[Path] = set()
    for path in paths:
        for file in _files(path, report):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                _load_file(file, _Sorter(material, report, later), named=not path.is_dir())
    for file in context:
        if file.resolve() not in seen:
            seen.add(file.resolve())
            _load_file(file, _Sorter(material, Report(), later, context=True), named=False)
    # Dashboards and rules name data sources that another file may define.
    types = _types(material)
    for finish in later:
        finish(types)
    foreign = [one for one in material.rules if one.is_foreign and not one.context]
    if foreign:
        report.count("rules of other data sources", len(foreign))
    return material


def _files(path: Path, report: Report) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    number = 0
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(one for one in folders if one not in PASSED_OVER and not one.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES):
                number += 1
                if number > MAX_FILES:
                    report.skip(f"{path} holds more than {MAX_FILES} files: the rest was left out. Name a sub-folder.")
                    return
                yield Path(folder, name)


def _types(material: Material) -> dict[str, str]:
    """Uid or name to type; the default data source's under the empty name."""
    found = {one.name: one.type for one in material.sources}
    found |= {one.uid: one.type for one in material.sources if one.uid}
    found[""] = next((one.type for one in material.sources if one.value.get("isDefault") is True), "")
    return found


type _Later = Callable[[Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class _Sorter:
    """Where documents go, and whether they are there for reference only."""

    material: Material
    report: Report
    later: list[_Later]
    context: bool = False


def _load_file(file: Path, to: _Sorter, *, named: bool) -> None:
    place = Place(str(file))
    if file.suffix.lower() not in SUFFIXES:
        to.report.skip(f"{file} is neither .json nor .yaml.")
        return
    try:
        found = read(file)
    except Unreadable as error:
        if named or _marked(file):
            to.report.count("files")
            to.report.add("file-unreadable", place, f"The file {error}.")
        return
    _load_read(found, place, to, named=named)


def _load_read(found: Read, place: Place, to: _Sorter, *, named: bool) -> None:
    ours = [_sort(value, place, to) for value in found.documents[:1]]
    manifest = any(_is_manifest(value) for value in found.documents)
    for number, value in enumerate(found.documents[1:], start=2):
        if manifest:
            ours.append(_sort(value, place.at(f"document {number}"), to))
        elif value is not None and any(ours):
            message = f"Document {number} of the file is not read by Grafana, which takes the first one only."
            to.report.add("document-ignored", place.at(f"document {number}"), message)
    if any(ours):
        to.report.count("files")
        for key in found.duplicates:
            to.report.add("key-duplicate", place, f"The key {key} stands twice in one mapping.")
    elif named:
        to.report.skip(f"{place.file} holds no dashboard, alerting or data source of Grafana.")


def _sort(value: Any, place: Place, to: _Sorter) -> bool:
    """Puts a document where it belongs; False if it is nothing of ours."""
    material, context = to.material, to.context
    if isinstance(value, list):
        to.later.append(lambda types: material.rules.extend(api_rules(value, place, context, types)))
        return bool(api_rules(value, place, context))
    if not isinstance(value, Mapping):
        return False
    if _is_manifest(value):
        return _manifest(value, place, to)
    inner = value["dashboard"] if isinstance(value.get("dashboard"), Mapping) else value
    if is_dashboard(inner) and not (_PROVISIONING & set(inner)):
        if not context:
            to.later.append(lambda types: material.dashboards.append(dashboard(inner, place, to.report, types)))
        return True
    if isinstance(value.get("model"), Mapping) and "targets" in value["model"]:
        if not context:
            to.later.append(lambda types: material.library.append(library_panel(value, place, types)))
        return True
    if "rules" in value and "title" in value and "groups" not in value:
        to.later.append(lambda types: material.rules.extend(api_group(value, place, context, types)))
        return bool(api_group(value, place, context))
    return _provisioned(value, place, to)


def _provisioned(value: Mapping[str, Any], place: Place, to: _Sorter) -> bool:
    material, context = to.material, to.context
    known = _PROVISIONING & set(value)
    versioned = text(value.get("apiVersion")) in ("0", "1")
    if not known and not (versioned and misspelt(value)):
        return False
    if not versioned and set(map(text, value)) - _PROVISIONING - {"apiVersion"}:
        return False  # some other file that happens to have such a key
    groups = sequence(value.get("groups"))
    rules = [rule for group in groups for rule in sequence(mapping(group).get("rules"))]
    theirs = sum(map(_is_prometheus, rules))
    if theirs:
        to.report.skip(f"{place.file}: {theirs} rules are of Prometheus, and not of Grafana's own.")
        if known == {"groups"} and theirs == len(rules):
            return False
    material.documents.append(Document(place, value, context))
    for group in groups:
        if isinstance(group, Mapping):
            if not context:
                material.groups.append((place, group))
            to.later.append(_rules_later(material, group, place, context))
    for one in sequence(value.get("contactPoints")):
        receivers = tuple(mapping(receiver) for receiver in sequence(mapping(one).get("receivers")))
        name = text(mapping(one).get("name"))
        material.contacts.append(ContactPoint(place.at(f'contact point "{name}"'), name, receivers, context))
    for one in sequence(value.get("policies")):
        org = text(mapping(one).get("orgId")) or "1"
        material.policies.append(Policy(place.at("policy tree"), mapping(one), org, context))
    for one in sequence(value.get("datasources")):
        found = mapping(one)
        label = text(found.get("name")) or text(found.get("uid"))
        material.sources.append(DataSource(place.at(f'data source "{label}"'), found, context))
    material.providers += len(sequence(value.get("providers")))
    return True


def _rules_later(material: Material, group: Mapping[str, Any], place: Place, context: bool) -> _Later:
    return lambda types: material.rules.extend(rules_of(group, place, context, types))


def _is_prometheus(rule: Any) -> bool:
    found = mapping(rule)
    return "expr" in found and ("alert" in found or "record" in found) and "data" not in found


def _is_manifest(value: Any) -> bool:
    """Something of Kubernetes, in which Grafana's files may be wrapped."""
    found = mapping(value)
    return isinstance(found.get("kind"), str) and isinstance(found.get("apiVersion"), str) and "metadata" in found


def _manifest(value: Mapping[str, Any], place: Place, to: _Sorter) -> bool:
    kind, spec = text(value.get("kind")), mapping(value.get("spec"))
    if kind == "Dashboard" and "elements" in spec:
        converted = modern(spec, text(mapping(value.get("metadata")).get("name")))
        return _sort(converted, place, to)
    if kind == "Dashboard" and is_dashboard(spec):
        named = {"uid": text(mapping(value.get("metadata")).get("name")), **spec}
        return _sort(named, place, to)
    if kind == "List":
        items = sequence(value.get("items"))
        # Not `any` of a generator: that would stop at the first.
        ours = [_sort(one, place.at(f"item {n}"), to) for n, one in enumerate(items, 1)]
        return any(ours)
    wrapped = mapping(value.get("data")) if kind == "ConfigMap" else {}
    if kind == "GrafanaDashboard" and isinstance(spec.get("json"), str):
        wrapped = {"spec.json": spec["json"]}
    found = False
    for name, inner in wrapped.items():
        suffix = Path(text(name)).suffix.lower()
        if not isinstance(inner, str) or suffix not in SUFFIXES:
            continue
        within = place.at(text(name))
        try:
            parsed = parse(inner.encode("utf-8", "replace"), is_json=suffix == ".json")
        except Unreadable as error:
            if any(mark in inner for mark in _MARKS):
                to.report.add("file-unreadable", within, f"What stands there {error}.")
                found = True
            continue
        for document in parsed.documents[:1]:
            found = _sort(document, within, to) or found
    return found


def _marked(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            head = stream.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return False
    return any(mark in head for mark in _MARKS)


def folders_above(paths: Iterable[Path]) -> list[Path]:
    """The files of `provisioning` folders that the given paths stand in: what their rules and routes refer to."""
    found: list[Path] = []
    for path in paths:
        here = path.resolve()
        for folder in (here, *here.parents):
            if (folder.name == "provisioning" and folder.is_dir()) or (folder / "provisioning").is_dir():
                base = folder if folder.name == "provisioning" else folder / "provisioning"
                for name in ("datasources", "alerting"):
                    found += sorted(
                        one for one in (base / name).glob("*") if one.suffix.lower() in SUFFIXES and one.is_file()
                    )
                break
            if (folder / ".git").exists() or (folder / "pyproject.toml").exists():
                break
    return list(dict.fromkeys(found))


def compact(value: Any) -> str:
    """A value in a message, cut."""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 80 else shown[:77] + "..."
