"""What JUnit XML says of the gate: properties per test case and suite, and an error for what pytest never saw.

pytest writes its XML before anything was judged, and under xdist without a trace of reruns, lost checks and budgets.
"""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable

from ...exceptions import TradeopsError
from ...model import CheckResult, Outcome
from .model import Report
from .summary import label, suite_of, total_items
from .text import clean as fit
from .text import natural, one_line

#: Class name of the test cases that stand for checks without one of their own.
CLASSNAME = "tradeops"
#: The property by which a check's test case is found; workers set it.
ID = "tradeops.id"

_SHOWN = 2000
_NUMBERS = frozenset(("tests", "errors", "failures", "skipped", "time"))
_NAMES = _NUMBERS | frozenset(
    ("name", "value", "classname", "file", "line", "message", "type", "timestamp", "hostname")
)


def properties(result: CheckResult) -> list[tuple[str, str]]:
    """Name and value of every property of the check's test case; `tradeops.id` first."""
    spec = result.spec
    caught = sum(1 for twin in result.twins if twin.caught)
    found = [
        (ID, result.id),
        ("tradeops.suite", suite_of(result)),
        ("tradeops.title", spec.title if spec else ""),
        ("tradeops.severity", spec.severity if spec else ""),
        ("tradeops.outcome", result.outcome.value),
        ("tradeops.required", str(result.required).lower()),
        ("tradeops.advisory", "true" if result.advisory else ""),
        ("tradeops.reason", result.reason),
        ("tradeops.remedy", result.remedy),
        ("tradeops.grade", result.grade.label if result.grade is not None else ""),
        ("tradeops.floor", result.floor.label),
        ("tradeops.examined", str(result.evidence.total)),
        ("tradeops.covers", " ".join(spec.covers) if spec else ""),
        ("tradeops.covered", " ".join(result.covered)),
        ("tradeops.faults_caught", f"{caught} of {len(result.twins)}"),
        ("tradeops.attempts", str(result.attempts)),
        ("tradeops.waiver", result.waiver),
    ]
    return [(name, one_line(value, _SHOWN)) for name, value in found if value]


def suite_properties(report: Report) -> list[tuple[str, str]]:
    """Name and value of every property of the whole run."""
    found = [
        ("tradeops.verdict", report.verdict.value),
        ("tradeops.exit_code", str(report.exit_code)),
        ("tradeops.profile", report.profile),
        ("tradeops.signature", report.signature),
        ("tradeops.subject", str(report.subject.get("name") or "")),
        ("tradeops.revision", str(report.subject.get("revision") or "")),
        ("tradeops.reason", report.reasons[0] if report.reasons else ""),
        ("tradeops.covered", f"{len(report.covered)} of {total_items(report)}" if total_items(report) else ""),
    ]
    return [(name, one_line(value, _SHOWN)) for name, value in found if value]


def annotate_junit(xml_text: str, report: Report, clean: Callable[[str], str] | None = None) -> str:
    """The XML that pytest wrote, with what only the gate knows.

    Every test case that carries `tradeops.id` gets its check's properties. A required check that did not pass and has
    no test case gets one, with an error that says why. Doing it twice changes nothing more.

    Args:
        clean: Removes secrets from a text; asked for every text and every attribute, whoever wrote it.

    Raises:
        TradeopsError: the text is not a JUnit file as pytest writes it.
    """
    root = _parse(xml_text)
    suite = root if root.tag == "testsuite" else root.find("testsuite")
    if suite is None:
        raise TradeopsError("The JUnit file holds no test suite.", remedy="Let pytest write it with --junitxml.")
    cases: dict[str, list[ET.Element]] = {}
    for case in root.iter("testcase"):
        for one in case.iterfind("properties/property"):
            if one.get("name") == ID:
                cases.setdefault(one.get("value", ""), []).append(case)
    added = Counter[str]()
    for result in sorted(report.results, key=lambda result: natural(result.id)):
        mine = cases.get(one_line(result.id, _SHOWN), [])
        if not mine and result.required and result.outcome is not Outcome.PASSED:
            case, kind = _unseen(suite, result)
            mine = [case]
            added.update(("tests", kind))
        for case in mine:
            _set(case, properties(result))
    _set(suite, suite_properties(report))
    for element in {root, suite}:
        for name, more in added.items():
            if (count := element.get(name, "")).isdecimal():
                element.set(name, str(int(count) + more))
    if clean is not None:
        _clean(root, clean)
    return '<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(root, encoding="unicode")


def _parse(xml_text: str) -> ET.Element:
    # pytest never writes one, and entities are the way to make a parser swell.
    if re.search(r"<!(?:DOCTYPE|ENTITY)", xml_text):
        raise TradeopsError("The JUnit file declares a document type.", remedy="Let pytest write it with --junitxml.")
    try:
        return ET.fromstring(xml_text.encode("utf-8", errors="replace"))  # noqa: S314 - without entities, see above
    except ET.ParseError as error:
        raise TradeopsError(
            f"The JUnit file cannot be read: {error}.", remedy="Let pytest write it with --junitxml."
        ) from error


def _unseen(suite: ET.Element, result: CheckResult) -> tuple[ET.Element, str]:
    """A test case for a check without one, and the count of the suite that it adds to."""
    counts = result.outcome in (Outcome.WAIVED, Outcome.NOT_APPLICABLE)
    case = ET.SubElement(suite, "testcase", classname=CLASSNAME, name=one_line(result.id, _SHOWN), time="0.000")
    message = f"{label(result.outcome)}: {result.reason or 'no reason given'}"
    node = ET.SubElement(case, "skipped" if counts else "error", message=one_line(message, _SHOWN))
    node.text = fit(f"{message[:_SHOWN]}\n{result.remedy[:_SHOWN]}".strip())
    return case, "skipped" if counts else "errors"


def _clean(root: ET.Element, clean: Callable[[str], str]) -> None:
    """Cleans what the parsed file says, not its raw text: markup stays whole, and no secret hides behind an entity."""

    def cleaned(text: str) -> str:
        new = clean(text)
        return text if new == text else fit(new)

    for element in root.iter():
        element.text = cleaned(element.text) if element.text else element.text
        element.tail = cleaned(element.tail) if element.tail else element.tail
        for name, value in list(element.items()):
            if name not in _NAMES and cleaned(name) != name:  # tests may invent attributes
                del element.attrib[name]
            elif not (name in _NUMBERS and value.replace(".", "", 1).isdecimal()) and element.get("name") != ID:
                element.set(name, cleaned(value))


def _set(element: ET.Element, pairs: list[tuple[str, str]]) -> None:
    """Sets properties, replacing those of the same name; they stand first, as the schema wants them."""
    node = element.find("properties")
    if node is None:
        node = ET.Element("properties")
        element.insert(0, node)
    names = {name for name, _ in pairs}
    for old in [one for one in node if one.get("name") in names]:
        node.remove(old)
    for name, value in pairs:
        ET.SubElement(node, "property", name=name, value=value)
