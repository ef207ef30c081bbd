"""From the shape of Grafana's provisioning files to that of its HTTP API, moved into a place of our own.

The two spell some keys differently, and either side drops what it does not know without a word: what is sent here is
compared with what the server gives back (`differences`).
"""

import copy
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...exceptions import TradeopsError

#: Grafana's own limit.
_LONGEST_UID = 40
#: Of rules, file to API; keys that are not here are spelled alike.
_SPELLED = {"keepFiringFor": "keep_firing_for", "missing_series_evals_to_resolve": "missingSeriesEvalsToResolve"}
_PANEL_LINK = {"dashboardUid": "__dashboardUid__", "panelId": "__panelId__"}
_DURATIONS = ("for", "keep_firing_for")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_VARIABLE = re.compile(r"\$\$|\$\{(\w+)\}|\$(\w+)")

type Sql = Callable[[str], str]


def uid_for(run: str, uid: str) -> str:
    """A uid of ours for the subject's one, the same at every call."""
    made = f"{run}-{uid}"
    if len(made) <= _LONGEST_UID:
        return made
    digest = hashlib.sha256(uid.encode()).hexdigest()[: _LONGEST_UID - len(run) - 1]
    return f"{run}-{digest}"


def seconds(duration: str | float) -> int:
    """Of `10s`, `1m30s`; a bare number is seconds.

    Raises:
        TradeopsError: no duration, or not whole seconds.
    """
    text = str(duration).strip()
    parts = re.findall(r"(\d+)(ms|[smhdw])", text)
    if text.isdigit():
        return int(text)
    if not parts or "".join(map("".join, parts)) != text:
        raise TradeopsError(f"{text!r} is no duration.", remedy="Write it as 10s or 1m.")
    total = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if total != int(total):
        raise TradeopsError(f"{text!r} is not in whole seconds.", remedy="Write it as 10s or 1m.")
    return int(total)


def expand(text: str, environ: Mapping[str, str]) -> str:
    """As Grafana expands environment variables in a provisioning file: `$NAME`, `${NAME}`, and `$$` for a dollar.

    One that is not set becomes nothing, as there.
    """
    return _VARIABLE.sub(lambda found: "$" if found[0] == "$$" else environ.get(found[1] or found[2], ""), text)


def expanded[T](value: T, environ: Mapping[str, str]) -> T:
    """The same in every text of a structure."""
    if isinstance(value, str):
        return expand(value, environ)  # type: ignore[return-value]
    if isinstance(value, Mapping):
        return {key: expanded(one, environ) for key, one in value.items()}  # type: ignore[return-value]
    if isinstance(value, list):
        return [expanded(one, environ) for one in value]  # type: ignore[return-value]
    return value


def rule(
    given: Mapping[str, Any],
    *,
    run: str,
    folder: str,
    group: str,
    labels: Mapping[str, str],
    datasources: Mapping[str, str],
    sql: Sql = str,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One rule of a file as the API takes it.

    Args:
        labels: Added to its own.
        datasources: The subject's uids to ours; another uid stays as it is, and Grafana will say that it is unknown.
        sql: Applied to each statement: tables under a prefix of our own.
        environ: For `$NAME` in title and labels; default none.
    """
    made = {_SPELLED.get(key, key): copy.deepcopy(value) for key, value in given.items() if key not in _PANEL_LINK}
    made["uid"] = uid_for(run, str(given["uid"]))
    made["title"] = expand(str(given["title"]), environ or {})
    made["labels"] = {**expanded(dict(given.get("labels") or {}), environ or {}), **labels}
    links = {_PANEL_LINK[key]: str(given[key]) for key in _PANEL_LINK if given.get(key)}
    if links or given.get("annotations"):
        made["annotations"] = {**(given.get("annotations") or {}), **links}
    made["data"] = [query(one, datasources, sql) for one in given.get("data") or []]
    return {"for": "0s", **made, "orgID": 1, "folderUID": folder, "ruleGroup": group}


def query(given: Mapping[str, Any], datasources: Mapping[str, str], sql: Sql = str) -> dict[str, Any]:
    """One query of a rule."""
    made = copy.deepcopy(dict(given))
    uid = str(made.get("datasourceUid", ""))
    made["datasourceUid"] = datasources.get(uid, uid)
    if "model" in made:
        made["model"] = target(made["model"], datasources, sql)
    return made


def target(given: Mapping[str, Any], datasources: Mapping[str, str], sql: Sql = str) -> dict[str, Any]:
    """A query model, of a rule or a panel."""
    made = copy.deepcopy(dict(given))
    source = made.get("datasource")
    if isinstance(source, Mapping) and source.get("uid") in datasources:
        made["datasource"] = {**source, "uid": datasources[str(source["uid"])]}
    if isinstance(made.get("rawSql"), str):
        made["rawSql"] = sql(made["rawSql"])
    return made


def dashboard(given: Mapping[str, Any], *, run: str, datasources: Mapping[str, str], sql: Sql = str) -> dict[str, Any]:
    """A dashboard under a uid of ours, every query on our data source and tables."""

    def moved(value: Any) -> Any:
        if isinstance(value, Mapping):
            made = {key: moved(one) for key, one in value.items()}
            return target(made, datasources, sql) if {"datasource", "rawSql"} & made.keys() else made
        return [moved(one) for one in value] if isinstance(value, list) else value

    made: dict[str, Any] = moved(dict(given))
    return {**made, "id": None, "uid": uid_for(run, str(given["uid"])), "title": f"{given['title']} ({run})"}


def targets(panels: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every panel with each of its targets that is not hidden; also of panels folded into a row.

    A target without a data source has its panel's, as in Grafana.
    """
    found = []
    for panel in panels:
        found += targets(panel.get("panels") or [])
        for one in panel.get("targets") or []:
            if not one.get("hide"):
                source = one.get("datasource") or panel.get("datasource")
                found.append((panel, {**one, **({"datasource": source} if source else {})}))
    return found


def differences(sent: Any, got: Any, where: str = "") -> list[str]:
    """What of `sent` the server does not give back: one phrase for each place.

    What it adds is no difference, nor is leaving out what is empty or zero: Go's own default when it reads it again.
    """
    if isinstance(sent, Mapping):
        if not isinstance(got, Mapping):
            return [f"{where or 'it'} is {got!r}, not an object"]
        found = []
        for key, value in sent.items():
            place = f"{where}.{key}" if where else str(key)
            if key in got:
                found += differences(value, got[key], place)
            elif value:
                found.append(f"{place} is gone")
        return found
    if isinstance(sent, list) and isinstance(got, list) and len(sent) == len(got):
        return [
            phrase for number, one in enumerate(sent) for phrase in differences(one, got[number], f"{where}[{number}]")
        ]
    if sent == got or (where.rpartition(".")[2] in _DURATIONS and _same_duration(sent, got)):
        return []
    return [f"{where} is {got!r} instead of {sent!r}"]


def _same_duration(one: Any, other: Any) -> bool:
    try:
        return seconds(one) == seconds(other)
    except TradeopsError:
        return False
