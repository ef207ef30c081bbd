"""Alert rules as such: what Grafana demands of them, their states, labels and annotations."""

import re
from collections import defaultdict

from .duration import seconds
from .finding import Place, Report
from .material import Material, Rule, mapping, sequence, text, together
from .watching import is_critical, watches_outage

_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NO_DATA = ("OK", "NoData", "Alerting", "KeepLast")
_ERROR = ("OK", "Error", "Alerting", "KeepLast")
_TICK = 10.0
#: Go templates: actions, and in labels what the environment's expansion takes away from them.
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TAKEN = re.compile(r"(?<!\$)\$(?:\{\w|[A-Za-z_])")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_TAG = re.compile(
    r"</?(?:b|strong|i|em|u|ins|s|strike|del|code|pre|tg-spoiler|blockquote|a|tg-emoji|span)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"\$(?!__(?!from\b|to\b|range))(?:\{(\w+)(?:[.:][^}]*)?\}|(\w*[A-Za-z_]\w*))|\[\[(\w+)(?::\w+)?\]\]"
)


def examine(material: Material, report: Report) -> None:
    """Each group, each rule, and all of them together."""
    for place, group in material.groups:
        here = place.at(f'group "{text(group.get("name"))}"')
        if any("data" in mapping(one) or "condition" in mapping(one) for one in sequence(group.get("rules"))):
            _group(group, here, report)
    html = _reaches_html(material)
    for rule in material.examined_rules():
        report.count("rules")
        _complete(rule, report)
        _states(rule, report)
        _labels(rule, report)
        _annotations(rule, report, html=html)
        _variables(rule, report)
    _twice(material, report)


def _reaches_html(material: Material) -> bool:
    """Whether texts may come to a Telegram that reads HTML; that is taken for granted without any contact point."""
    modes = [
        text(mapping(one.get("settings")).get("parse_mode")).lower()
        for point in material.contacts
        for one in point.receivers
        if text(one.get("type")) == "telegram"
    ]
    return not material.contacts or any(one in ("", "html") or "$" in one for one in modes)


def _group(group: object, place: Place, report: Report) -> None:
    found = mapping(group)
    missing = [key for key in ("name", "folder", "interval") if not text(found.get(key))]
    if "folder" in missing and text(found.get("folderUid") or found.get("folderUID")):
        missing.remove("folder")
    if missing:
        report.add("rule-incomplete", place, f"The group has no {', no '.join(missing)}: Grafana does not start.")
    _interval(found.get("interval"), place, report)


def _interval(value: object, place: Place, report: Report) -> None:
    if value is None or "$" in text(value):
        return
    every = seconds(value)
    if every is None or isinstance(value, int | float):
        report.add("duration-invalid", place, f"The interval `{text(value)[:40]}` is no duration such as 10s.")
    elif every <= 0 or every % _TICK:
        report.add("interval-invalid", place, f"The interval `{text(value)}` is no multiple of 10 s.")


def _complete(rule: Rule, report: Report) -> None:
    value = rule.value
    wanted = ["uid", "title"] if not rule.from_api else ["title"]
    if not rule.is_recording:
        wanted += ["condition", "for"] if not rule.from_api else ["condition"]
    missing = [key for key in wanted if not text(value.get(key))]
    if not rule.nodes:
        missing.append("data")
    if missing:
        report.add("rule-incomplete", rule.place, f"The rule has no {', no '.join(missing)}: Grafana does not start.")
    for key in ("for", "keepFiringFor", "keep_firing_for"):
        given = value.get(key)
        if given is not None and "$" not in text(given) and (seconds(given) is None or given is True):
            report.add(
                "duration-invalid", rule.place, f"`{key}` is `{text(given)[:40]}`, which is no duration such as 20s."
            )
    if rule.uid and not _UID.fullmatch(rule.uid) and "$" not in rule.uid:
        reason = (
            f"has {len(rule.uid)} characters"
            if len(rule.uid) > 40
            else "has other characters than letters, digits, - and _"
        )
        report.add("uid-invalid", rule.place, f"The uid `{rule.uid[:60]}` {reason}.")
    seen: set[str] = set()
    for node in rule.nodes:
        if not node.ref:
            report.add("rule-incomplete", node.place, "The query has no refId.")
        elif node.ref in seen:
            report.add("refid-duplicate", node.place, f"Two queries of the rule have the refId {node.ref}.")
        seen.add(node.ref)
        span = mapping(node.value.get("relativeTimeRange"))
        if not node.is_expression and not span:
            report.add("rule-incomplete", node.place, "The query has no relativeTimeRange: Grafana does not start.")
        elif node.query is not None and node.query.span_s is not None and node.query.span_s[0] <= node.query.span_s[1]:
            start, end = node.query.span_s
            message = f"The relativeTimeRange from {start:g} to {end:g} s before now is empty: Grafana does not start."
            report.add("rule-incomplete", node.place, message)


def _states(rule: Rule, report: Report) -> None:
    for key, known in (("noDataState", _NO_DATA), ("execErrState", _ERROR)):
        given = rule.value.get(key)
        if given is None or text(given) == "":
            continue
        if text(given) not in known:
            near = next((one for one in known if one.lower() == text(given).lower().replace("_", "")), "")
            hint = f" Did you mean {near}?" if near else f" There are {', '.join(known)}."
            report.add("state-unknown", rule.place, f"{key} is `{text(given)[:40]}`.{hint}")
    if text(rule.value.get("execErrState")) in ("OK", "KeepLast"):
        serious = "an outage" if watches_outage(rule) else "a critical state" if is_critical(rule) else ""
        if serious:
            state = text(rule.value.get("execErrState"))
            message = f"The rule is about {serious}, and with execErrState {state} a failing query counts as health."
            report.add("error-hides-outage", rule.place, message)


def _labels(rule: Rule, report: Report) -> None:
    for name, value in rule.labels.items():
        place = rule.place.at(f"label {name}")
        for action in _ACTION.findall(value):
            taken = _TAKEN.search(action)
            if taken and not rule.from_api:
                message = f"`{action[:60]}` loses its variable to the environment when Grafana reads the file."
                report.add("label-interpolated", place, message)
        _template(value, place, report)


def _annotations(rule: Rule, report: Report, *, html: bool) -> None:
    for name, value in rule.annotations.items():
        place = rule.place.at(f"annotation {name}")
        _template(value, place, report)
        if html and not name.startswith("__") and name.lower() not in ("runbook_url", "image", "dashboard_url"):
            _html(value, place, report)
    if html:
        for name, value in rule.labels.items():
            _html(value, rule.place.at(f"label {name}"), report)
        _html(rule.title, rule.place.at("title"), report)


def _html(value: str, place: Place, report: Report) -> None:
    rest = _TAG.sub("", _ENTITY.sub("", _ACTION.sub("", value)))
    found = [character for character in "<&" if character in rest]
    if found:
        shown = " and ".join(f"`{one}`" for one in found)
        report.add(
            "annotation-html", place, f"{shown} in it reaches Telegram unescaped, which refuses the whole message."
        )


def _template(value: str, place: Place, report: Report) -> None:
    opened, closed = value.count("{{"), value.count("}}")
    if opened > closed:
        report.add("annotation-template", place, "A `{{` in it is never closed.")
    elif closed > opened and opened:
        report.add("annotation-template", place, "A `}}` in it was never opened.")


def _variables(rule: Rule, report: Report) -> None:
    for node in rule.nodes:
        if node.query is None:
            continue
        for match in _VARIABLE.finditer(node.query.bare):
            name = match[1] or match[2] or match[3]
            if node.query.plugin and name == "__conditionalAll":
                continue
            report.add(
                "variable-in-rule", node.place, f"`{match[0]}` is sent as it stands: alert rules have no variables."
            )


def _twice(material: Material, report: Report) -> None:
    uids: dict[str, Rule] = {}
    titles: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for rule in material.rules:
        first = uids.get(rule.uid)
        if rule.uid and first and not rule.context and together(first.place.file, rule.place.file):
            where = f"{first.place.where} in {first.place.file}"
            report.add("uid-duplicate", rule.place, f"The uid `{rule.uid}` is also that of {where}.")
        uids.setdefault(rule.uid, rule)
        if rule.title:
            titles[rule.folder, rule.title].append(rule)
    for (folder, title), rules in titles.items():
        for one in rules[1:]:
            near = together(rules[0].place.file, one.place.file)
            if not one.context and one.uid != rules[0].uid and near:
                message = f"Another rule of the folder `{folder}` has the title `{title}` as well."
                report.add("title-duplicate", one.place, message)
