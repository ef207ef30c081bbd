"""JUnit XML says what the gate knows, starting from what pytest really wrote."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import report_samples as samples

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.gate.report.junit import annotate_junit, properties, suite_properties
from pytest_tradeops.model import Outcome

SUBJECT = """
import pytest

@pytest.mark.parametrize("check", ["SEC-002", "MON-002", "BEN-001", "MON-001"])
def test_check(record_property, check):
    record_property("tradeops.id", check)
    record_property("tradeops.outcome", "pending")
    if check == "MON-001":
        pytest.skip("no Java")

def test_sec_001(record_property):
    record_property("tradeops.id", "SEC-001")
    assert False, "\\x1b[31m <b> \\x00"

def test_ordinary():
    pass
"""


@pytest.fixture(scope="module", params=["xunit1", "xunit2"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """XML as pytest writes it."""
    folder: Path = tmp_path_factory.mktemp("junit")
    (folder / "test_subject.py").write_text(SUBJECT)
    family = f"junit_family={request.param}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:tradeops", "--junitxml=out.xml", "-o", family, "."]
    subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=60)
    return (folder / "out.xml").read_text(encoding="utf-8")


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - written by pytest and by us


def case(root: ET.Element, check: str) -> ET.Element:
    found = [
        one
        for one in root.iter("testcase")
        if any(p.get("name") == "tradeops.id" and p.get("value") == check for p in one.iterfind("properties/property"))
    ]
    assert len(found) == 1, check
    return found[0]


def values(element: ET.Element) -> dict[str, str]:
    found = [(one.get("name", ""), one.get("value", "")) for one in element.iterfind("properties/property")]
    assert len(found) == len(dict(found)), "a property stands twice"
    return dict(found)


def test_suite_says_the_verdict(written: str) -> None:
    suite = parsed(annotate_junit(written, samples.report())).find("testsuite")
    assert suite is not None
    shown = values(suite)
    assert shown["tradeops.verdict"] == "BLOCK"
    assert shown["tradeops.exit_code"] == "21"
    assert shown["tradeops.profile"] == "local"
    assert shown["tradeops.signature"] == "unsigned"
    assert suite[0].tag == "properties"


@pytest.mark.parametrize(
    ("check", "outcome"), [("MON-002", "flaky"), ("BEN-001", "over_budget"), ("MON-001", "inconclusive")]
)
def test_green_looking_cases_say_what_the_gate_made_of_them(written: str, check: str, outcome: str) -> None:
    shown = values(case(parsed(annotate_junit(written, samples.report())), check))
    assert shown["tradeops.outcome"] == outcome
    assert shown["tradeops.reason"]


def test_missing_check_gets_an_error_of_its_own_and_is_counted(written: str) -> None:
    before = parsed(written).find("testsuite")
    root = parsed(annotate_junit(written, samples.report()))
    missing = case(root, "RBK-001")
    assert (missing.get("classname"), missing.get("name")) == ("tradeops", "RBK-001")
    error = missing.find("error")
    assert error is not None
    assert error.get("message") == "missing: It was not collected."
    suite = root.find("testsuite")
    assert suite is not None
    assert before is not None
    # KNO-002 and RBK-001 are errors, KNO-001 and STG-001 count for promotion: none of them has a case of pytest's.
    assert int(suite.get("tests", "")) == int(before.get("tests", "")) + 4
    assert int(suite.get("errors", "")) == 2
    assert int(suite.get("skipped", "")) == int(before.get("skipped", "")) + 2
    assert int(suite.get("tests", "")) == len(list(suite.iter("testcase")))


def test_ordinary_tests_and_failures_stay(written: str) -> None:
    root = parsed(annotate_junit(written, samples.report()))
    ordinary = next(one for one in root.iter("testcase") if one.get("name") == "test_ordinary")
    assert ordinary.find("properties") is None
    assert case(root, "SEC-001").find("failure") is not None
    assert not any(one.get("name") == "SEC-009" for one in root.iter("testcase")), "it is not required"


def test_twice_is_once(written: str) -> None:
    once = annotate_junit(written, samples.report())
    assert annotate_junit(once, samples.report()) == once


@pytest.mark.parametrize("name", samples.HOSTILE)
def test_hostile_text_stays_text_in_valid_xml(written: str, name: str) -> None:
    text = annotate_junit(written, samples.hostile(samples.HOSTILE[name]))
    root = parsed(text)
    assert {one.tag for one in root.iter()} == {
        *("testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped")
    }
    assert case(root, "SEC-007").find("error") is not None


def test_properties_name_what_was_proven() -> None:
    shown = dict(properties(samples.every_outcome()[7]))
    assert shown["tradeops.id"] == "SEC-002"
    assert shown["tradeops.covered"] == "1.4.2"
    assert shown["tradeops.grade"] == "embedded"
    assert shown["tradeops.examined"] == "5"
    assert shown["tradeops.faults_caught"] == "2 of 2"
    assert next(iter(shown)) == "tradeops.id"


@pytest.mark.parametrize("outcome", Outcome)
def test_properties_are_texts_for_every_outcome(outcome: Outcome) -> None:
    pairs = properties(samples.result("SEC-001", outcome))
    assert dict(pairs)["tradeops.outcome"] == outcome.value
    assert all(isinstance(name, str) and isinstance(value, str) and value for name, value in pairs)
    assert dict(suite_properties(samples.promoted()))["tradeops.verdict"] == "PROMOTE"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not xml",
        "<testsuites/>",
        '<!DOCTYPE x [<!ENTITY a "b">]><testsuites><testsuite name="&a;"/></testsuites>',
    ],
)
def test_what_pytest_did_not_write_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(TradeopsError, match="JUnit") as caught:
        annotate_junit(text, samples.report())
    assert caught.value.remedy


SECRET = 'sesame<&7>"x'
LEAKY = """
def test_leaky(record_property, record_xml_attribute):
    secret = 'sesame<&7>"x'
    record_property("note " + secret, secret)
    record_property("tradeops.id", "SEC-001")
    record_xml_attribute("by", secret)
    print(secret)
    raise OSError(secret)
"""


def test_a_secret_is_cleaned_from_every_text_and_attribute_and_the_file_stays_whole(tmp_path: Path) -> None:
    (tmp_path / "test_leaky.py").write_text(LEAKY)
    options = ("-o", "junit_logging=all", "-o", "junit_family=xunit1", "--junitxml=out.xml")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:tradeops", *options, "."]
    subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, timeout=60)
    text = (tmp_path / "out.xml").read_text(encoding="utf-8")
    assert parts(text).count(SECRET) >= 5
    cleaned = annotate_junit(text, samples.report(), lambda one: one.replace(SECRET, "[redacted]"))
    assert SECRET not in parts(cleaned)
    assert parts(cleaned).count("[redacted]") == parts(text).count(SECRET)
    assert values(case(parsed(cleaned), "SEC-001"))["tradeops.outcome"] == "failed"


def parts(text: str) -> str:
    """Every text and every attribute of a file, unescaped."""
    found = [(one.text or "", one.tail or "", *one.keys(), *one.attrib.values()) for one in parsed(text).iter()]
    return "\n".join(part for parts in found for part in parts)


def test_whatever_the_cleaning_answers_is_valid_xml_with_its_counts_and_ids(written: str) -> None:
    cleaned = annotate_junit(written, samples.report(), lambda one: "]]>\x00\ud800<" if " " in one else one)
    suite = parsed(cleaned).find("testsuite")
    assert suite is not None
    assert int(suite.get("tests", "")) == len(list(suite.iter("testcase")))
    assert case(parsed(cleaned), "SEC-001").find("failure") is not None
    masked = parsed(annotate_junit(written, samples.report(), lambda one: "[redacted]")).find("testsuite")
    assert masked is not None
    assert masked.get("tests") == suite.get("tests")
    assert case(masked, "SEC-001").get("name") == "[redacted]"


def test_attributes_whose_name_is_secret_are_left_out() -> None:
    text = '<testsuite><testcase name="a" sesame7="b">x</testcase></testsuite>'
    assert "sesame7" not in annotate_junit(text, samples.promoted(), lambda one: one.replace("sesame7", "[redacted]"))
