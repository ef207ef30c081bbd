"""Contact points and policies: whether an alert of each rule reaches somebody, and with what in clear."""

import re
from collections.abc import Mapping
from typing import Any

from ..alerts import ERROR, NO_DATA
from ..contacts.points import Receiver
from ..contacts.reading import Reading
from ..contacts.routing import Policy as Tree
from ..contacts.tree import node
from .finding import Place, Report
from .material import ContactPoint, Material, Policy, mapping, text, together

#: What Grafana has before anybody provisions anything.
DEFAULT_RECEIVER = "grafana-default-email"
#: Siblings that are compared with each other.
_MOST_ROUTES = 300
#: Shapes of credentials, wherever in a receiver's settings they stand.
_SHAPES = (
    re.compile(r"\b\d{6,12}:[A-Za-z0-9_-]{20,}"),
    re.compile(r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/[\w-]{8,}"),
    re.compile(r"hooks\.slack\.com/(?:services|workflows)/\S{8,}"),
    re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    re.compile(r"\bBearer\s+[\w.~+/=-]{12,}"),
)
#: What Grafana's export and people write in place of one.
_PLACEHOLDER = re.compile(r"\[redacted\]|<[^<>]*>|\*+|x{3,}", re.IGNORECASE)
_SECRET_KEYS = re.compile(
    r"(?:token|password|passwd|secret|api_?key|routing_?key|integration_?key|service_?key|authorization_credentials)$",
    re.IGNORECASE,
)


def examine(material: Material, report: Report) -> None:
    """Contact points, then the tree, then what the rules ask for."""
    for point in material.contacts:
        if not point.context:
            report.count("contact points")
            _point(point, report)
    _twice(material, report)
    trees = [one for one in material.policies if not one.context]
    by_org: dict[str, Policy] = {}
    for policy in trees:
        report.count("policy trees")
        if policy.org in by_org and together(by_org[policy.org].place.file, policy.place.file):
            first = by_org[policy.org].place.file
            report.add(
                "policies-several", policy.place, f"There is another policy tree in {first}; the later one is used."
            )
        by_org.setdefault(policy.org, policy)
        _tree(policy, material, report)
    for rule in material.examined_rules():
        wanted = text(mapping(rule.value.get("notification_settings")).get("receiver"))
        if wanted and material.contacts and not _exists(wanted, material):
            report.add("receiver-unknown", rule.place, f"Its contact point `{wanted}` is in no file that was given.")


def tree(policy: Policy) -> tuple[Tree, Reading]:
    """The tree with what it inherits, and what Grafana drops or refuses of it."""
    reading = Reading()
    return node(reading, policy.value, "policies", root=True), reading


def _exists(name: str, material: Material) -> bool:
    return name == DEFAULT_RECEIVER or "$" in name or any(one.name == name for one in material.contacts)


def _point(point: ContactPoint, report: Report) -> None:
    if not point.name:
        report.add("contact-incomplete", point.place, "The contact point has no name.")
    if not point.receivers:
        report.add("contact-incomplete", point.place, "It has no receivers: what is sent to it goes nowhere.")
    for number, value in enumerate(point.receivers, 1):
        type_ = text(value.get("type"))
        place = point.place.at(f"receiver {number}" + (f" ({type_})" if type_ else ""))
        given = {text(key): one for key, one in mapping(value.get("settings")).items()}
        secure = {text(key): one for key, one in mapping(value.get("secureSettings")).items()}
        receiver = Receiver(text(value.get("uid")), type_, {**given, **secure}, where=place.where)
        missing = [key for key in ("uid", "type") if not text(value.get(key))] + list(receiver.missing)
        if missing:
            report.add("contact-incomplete", place, f"It has no {', no '.join(missing)}.")
        for key in receiver.dropped:
            report.add(
                "key-dropped", place, f"The setting `{key}` is dropped: a receiver of type {type_} has none such."
            )
        chat = receiver.settings.get("chatid")
        if type_ == "telegram" and isinstance(chat, int | float):
            report.add("chat-id-numeric", place, "`chatid` is a number.")
        for key in _in_clear(receiver):
            report.add("credential-hardcoded", place, f"The setting `{key}` holds a credential in clear.")


def _in_clear(receiver: Receiver) -> list[str]:
    """Settings that hold a credential; a webhook to one's own host is an address and no credential."""
    found = list(receiver.literals)
    left: list[tuple[str, Any]] = list(receiver.settings.items())
    while left:
        name, value = left.pop(0)
        if isinstance(value, Mapping):
            left += [(f"{name}.{text(key)}", one) for key, one in value.items()]
        elif isinstance(value, str) and name not in found and _is_secret(name, value):
            found.append(name)
    found = [name for name in found if not _PLACEHOLDER.fullmatch(text(receiver.settings.get(name)).strip())]
    # Discord's url is a credential by what stands in its path: one on loopback is a stand-in's address.
    return [
        name
        for name in found
        if not (
            name == "url"
            and re.match(r"https?://(?:127\.0\.0\.1|localhost|\[::1\])[:/]", text(receiver.settings.get(name)))
        )
    ]


def _is_secret(name: str, value: str) -> bool:
    if not value or "$" in value:
        return False
    return bool(_SECRET_KEYS.search(name)) or any(shape.search(value) for shape in _SHAPES)


def _twice(material: Material, report: Report) -> None:
    uids: dict[str, Place] = {}
    for point in material.contacts:
        for value in point.receivers:
            uid = text(value.get("uid"))
            if uid and uid in uids and not point.context and together(uids[uid].file, point.place.file):
                report.add("contact-duplicate", point.place, f"The uid `{uid}` is also that of {uids[uid].where}.")
            uids.setdefault(uid, point.place)


def _tree(policy: Policy, material: Material, report: Report) -> None:
    root, reading = tree(policy)
    for problem in reading.problems:
        place = policy.place.at(problem.where.removeprefix("policies").lstrip("."))
        said = problem.message
        if problem.kind == "dropped":
            report.add("key-dropped", place, f"In the policy tree {said}.")
        elif "cannot be zero" in said:
            report.add("timing-invalid", place, f"{said}.")
        elif "duration" in said:
            report.add("duration-invalid", place, f"{said}.")
        elif "match" in said or "regular expression" in said:
            report.add("matcher-invalid", place, f"{said}.")
        elif "receiver" in said:
            report.add("receiver-unknown", place, f"{said}: the tree's root has none.")
        else:
            report.add("key-type", place, f"{said}.")
    # Without any contact point there is nothing to compare names with: they may be made by hand.
    if material.contacts:
        for one in root.walk():
            if one.receiver and not _exists(one.receiver, material):
                names = ", ".join(sorted({point.name for point in material.contacts}))
                message = f"The route leads to `{one.receiver}`, and there is no such contact point: there are {names}."
                report.add("receiver-unknown", _place(policy, one), message)
    elif any(one.receiver and one.receiver != DEFAULT_RECEIVER for one in root.walk()):
        report.skip(f"{policy.place.file}: no contact points were given, so whether its receivers exist is not known.")
    _unreachable(policy, root, report)
    _by_name(policy, root, report)


def _place(policy: Policy, one: Tree) -> Place:
    return policy.place.at(one.where.removeprefix("policies").lstrip("."))


def _unreachable(policy: Policy, root: Tree, report: Report) -> None:
    for parent in root.walk():
        taken: Tree | None = None
        for child in parent.routes[:_MOST_ROUTES]:
            if taken is not None:
                message = f"`{taken.where}` takes every alert before it and does not continue."
                report.add("route-unreachable", _place(policy, child), message)
            elif not child.goes_on and not child.matchers:
                taken = child
            elif not child.goes_on:
                # The same conditions, or more of them, further down are not reached either.
                position = parent.routes.index(child)
                for later in parent.routes[position + 1 : _MOST_ROUTES]:
                    if later.matchers and set(child.matchers) <= set(later.matchers):
                        message = f"`{child.where}` takes the same alerts before it and does not continue."
                        report.add("route-unreachable", _place(policy, later), message)


def _by_name(policy: Policy, root: Tree, report: Report) -> None:
    """A route by alertname misses the two names that missing data and failing queries have."""
    special = [one for one in root.walk() if any(m.name == "alertname" for m in one.matchers)]
    for one in special:
        names = [m for m in one.matchers if m.name == "alertname" and m.operator in ("=", "=~")]
        if not names or all(m.matches({"alertname": NO_DATA}) for m in names):
            continue
        others = {"severity": "critical"}
        if any(
            _takes(other, {**others, "alertname": NO_DATA}) and _takes(other, {**others, "alertname": ERROR})
            for other in root.walk()
            if other is not root and other is not one
        ):
            continue
        shown = " and ".join(str(m) for m in names)
        message = (
            f"The route wants {shown}: {NO_DATA} and {ERROR} of those rules go elsewhere, and no route takes them."
        )
        report.add("nodata-unrouted", _place(policy, one), message)


def _takes(one: Tree, labels: Mapping[str, str]) -> bool:
    return bool(one.matchers) and all(m.matches(labels) for m in one.matchers)
