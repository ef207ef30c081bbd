"""The texts of Grafana's default templates, as version 9.4 writes them."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from posixpath import join, normpath
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

from ...exceptions import Inconclusive
from ..alerts import Alert, Notification

_DASHBOARD, _PANEL, _ORG = "__dashboardUid__", "__panelId__", "__orgId__"
#: What the settings of a contact point may say and is understood here.
_DEFAULTS = {
    '{{ template "default.message" . }}': "message",
    '{{ template "default.title" . }}': "title",
    '{{template "default.message" .}}': "message",
    '{{template "default.title" .}}': "title",
}


class TemplateUnknown(Inconclusive):
    """A contact point has a template of its own, which only Grafana can fill in."""


@dataclass(frozen=True, slots=True)
class Source:
    """The Grafana that sends.

    Attributes:
        root_url: Its `root_url`, with a slash at the end. Discord refuses addresses whose host has no dot, and so
            every message of a Grafana that was left at `http://localhost:3000/`.
        version: As it appears in Discord's footer.
    """

    root_url: str = "https://grafana.example.org/"
    version: str = "9.4.0-pre"

    def address(self, path: str, query: str = "") -> str:
        """An address below `root_url`."""
        parts = urlsplit(self.root_url)
        joined = normpath(join("/", parts.path, path.lstrip("/")))
        return urlunsplit((parts.scheme, parts.netloc, joined, query, ""))


@dataclass(frozen=True, slots=True)
class Rendered:
    """Title and text of a message, before a receiver cuts them."""

    title: str
    message: str

    def fill(self, template: object, fallback: str) -> str:
        """What a setting such as `message` stands for.

        Raises:
            TemplateUnknown: it calls a template that is not one of Grafana's own two.
        """
        text = fallback if template in (None, "") else str(template)
        which = _DEFAULTS.get(text.strip())
        if which is not None:
            return self.title if which == "title" else self.message
        if "{{" in text:
            raise TemplateUnknown(
                "A contact point has a template of its own, which only Grafana can fill in.",
                remedy="Test it with a Grafana server: set TRADEOPS_GRAFANA_URL.",
            )
        return text


def rendered(notification: Notification, source: Source) -> Rendered:
    """What `default.title` and `default.message` make of a notification."""
    firing = [one for one in notification.alerts if one.status == "firing"]
    resolved = [one for one in notification.alerts if one.status == "resolved"]
    return Rendered(_title(notification, len(firing), len(resolved)), _message(firing, resolved, source))


def cut(text: str, longest: int) -> str:
    """At most so many characters; the last one of what was longer is an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "\u2026"


def number(value: float) -> str:
    """A number as Go's templates print it: the shortest digits, with an exponent below 1e-4 and from 1e+06 on."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    figures = "".join(map(str, digits))
    power = len(figures) - 1 + int(exponent)
    minus = "-" if sign else ""
    if -4 <= power < 6:
        return minus + format(Decimal((0, digits, int(exponent))), "f")
    rest = f".{figures[1:]}" if figures[1:] else ""
    return f"{minus}{figures[0]}{rest}e{'-' if power < 0 else '+'}{abs(power):02}"


def _title(notification: Notification, firing: int, resolved: int) -> str:
    count = f":{firing}{f', RESOLVED:{resolved}' if resolved else ''}" if notification.status == "firing" else ""
    group = _shown(notification.group_labels)
    common = _shown(_common(one.labels for one in notification.alerts))
    rest = [value for name, value in _pairs(common) if name not in notification.group_labels]
    more = f"({' '.join(rest)})" if len(common) > len(notification.group_labels) else ""
    return f"[{notification.status.upper()}{count}] {' '.join(value for _, value in _pairs(group))} {more}"


def _message(firing: list[Alert], resolved: list[Alert], source: Source) -> str:
    parts = []
    if firing:
        parts.append("**Firing**\n" + "".join(_alert(one, source) for one in firing))
    if resolved:
        parts.append("**Resolved**\n" + "".join(_alert(one, source) for one in resolved))
    return "\n\n".join(parts)


def _alert(alert: Alert, source: Source) -> str:
    lines = [f"\nValue: {_values(alert.values)}\nLabels:\n"]
    lines += [f" - {name} = {value}\n" for name, value in _pairs(_shown(alert.labels))]
    lines.append("Annotations:\n")
    lines += [f" - {name} = {value}\n" for name, value in _pairs(_shown(alert.annotations))]
    lines += [f"{name}: {address}\n" for name, address in _addresses(alert, source) if address]
    return "".join(lines)


def _addresses(alert: Alert, source: Source) -> list[tuple[str, str]]:
    rule = source.address(f"/alerting/grafana/{alert.rule}/view") if alert.rule else ""
    matchers = sorted(f"{name}={value}" for name, value in _shown(alert.labels).items())
    silence = "&".join(["alertmanager=grafana", *(f"matcher={quote_plus(one)}" for one in matchers)])
    found = [("Source", rule), ("Silence", source.address("/alerting/silence/new", silence))]
    dashboard, panel = alert.annotations.get(_DASHBOARD, ""), alert.annotations.get(_PANEL, "")
    if not dashboard:
        return found
    query = {"orgId": alert.annotations.get(_ORG, "1")}
    shown = source.address(f"/d/{dashboard}", urlencode(query))
    drawn = source.address(f"/d/{dashboard}", urlencode({**query, "viewPanel": panel})) if panel else ""
    return [("Source", _with(rule, query)), found[1], ("Dashboard", shown), ("Panel", drawn)]


def _with(address: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **query}))) if address else ""


def _values(values: Mapping[str, float]) -> str:
    """Grafana keeps values as JSON, which knows no NaN: one of them and all are gone."""
    if not values or not all(math.isfinite(one) for one in values.values()):
        return "[no value]"
    # The template puts a comma behind the first one only.
    shown = [f"{name}={number(value)}" for name, value in sorted(values.items())]
    return shown[0] + (", " if len(shown) > 1 else "") + "".join(shown[1:])


def _shown(table: Mapping[str, str]) -> dict[str, str]:
    """Without what is Grafana's own: `__name__`."""
    return {name: value for name, value in table.items() if not (name.startswith("__") and name.endswith("__"))}


def _common(tables: Iterable[Mapping[str, str]]) -> dict[str, str]:
    first, *rest = [dict(one) for one in tables] or [{}]
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in rest)}


def _pairs(table: Mapping[str, str]) -> list[tuple[str, str]]:
    """By name, the rule's own name first."""
    return sorted(table.items(), key=lambda pair: (pair[0] != "alertname", pair[0]))


def go_json(value: object) -> bytes:
    """JSON as Go writes it: no spaces, letters as they are, and what a browser could mistake escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace")
