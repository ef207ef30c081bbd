"""The reports of a gated run: equal with and without workers, free of secrets, and never those of another run."""

import json
import os
import platform
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from pytest_tradeops.gate.report.as_json import normalised, schema
from pytest_tradeops.processes.child import clean_environment

from .conftest import CHECK, OURS, PROFILE, Repository

LEAKY = """
import logging, os

@pytest.mark.verification(id="ACME-002", suite="acme", title="it holds")
def test_acme_002(subject, evidence):
    secret = os.environ["ACME_API_SECRET"]
    print("printed", secret)
    logging.getLogger("acme").warning("logged %s", secret)
    evidence.examined(1, "things near " + secret)
    evidence.fact(note=f"it is {secret}", api_key="anything")
    evidence.attach("dump.txt", secret)
    {end}

@planted_fault(check="ACME-002", title="broken", expects="acme: broken")
def broken(subject):
    pass
"""

ENDS = {
    "a finding": 'evidence.fail("acme: broken", f"found {secret}", where=secret, remedy=secret)',
    "a crash": "raise TypeError(secret)",
    "an assertion": "assert secret == '', secret",
    "inconclusive": "evidence.inconclusive(f'no access with {secret}')",
    "skipped": "pytest.skip(secret)",
}


def test_the_report_is_the_same_with_and_without_workers(repository: Repository) -> None:
    repository.write("limits.txt", "max=001")
    repository.check("003", CHECK.format(number="003"))
    documents = []
    for workers in (0, 2):
        result = repository.run(workers=workers)
        assert result.code == 21
        jsonschema.validate(result.report, schema())
        documents.append(normalised(result.report))
    for one, other in zip(documents[0]["checks"], documents[1]["checks"], strict=True):
        assert one["faults"] == other["faults"]
        assert one == other
    assert documents[0] == documents[1]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("end", ENDS)
def test_no_secret_in_any_output(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, end: str, workers: int
) -> None:
    secret = secrets.token_hex(12)
    monkeypatch.setenv("ACME_API_SECRET", secret)
    repository.check("002", LEAKY.replace("{end}", ENDS[end]))
    outputs = ("--tradeops-html=out/r.html", "--tradeops-summary=out/r.md", "--junitxml=out/r.xml", "-rA")
    result = repository.run("checks", *outputs, "-o", "junit_logging=all", workers=workers)
    assert result.code in (20, 21)
    assert secret not in result.output
    files = [path for path in (repository.root / "out").iterdir() if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".html", ".md", ".xml"}
    for path in files:
        assert secret not in path.read_text(), path.name
    assert "[redacted]" in (repository.root / "out" / "report.json").read_text()


@pytest.mark.parametrize("workers", [0, 2])
def test_junit_tells_what_only_the_gate_knows(repository: Repository, workers: int) -> None:
    repository.run("checks", "-k", "001", "--junitxml=out/r.xml", workers=workers)
    text = (repository.root / "out" / "r.xml").read_text()
    assert '<property name="tradeops.verdict" value="HOLD"' in text
    assert '<property name="tradeops.id" value="ACME-001"' in text
    assert "ACME-002" in text


def test_a_report_of_an_earlier_run_is_gone_when_the_policy_is_invalid(repository: Repository) -> None:
    assert repository.run().code == 0
    result = repository.run(profile="ownn")
    assert result.code == 23
    assert "Did you mean 'own'?" in result.output
    assert result.report is None


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("pyproject.toml", "[tool.tradeops]\nsmoke_test = []\n", "Unknown key 'smoke_test' in [tool.tradeops]"),
        ("pyproject.toml", PROFILE + "[tool.tradeops.not_applicable]\nACME-9 = 'x'\n", "unknown check 'ACME-9'"),
        ("pyproject.toml", "[tool.tradeops]\nchecks = ['nowhere']\n", "nowhere does not exist"),
        ("pyproject.toml", "[tool.tradeops]\nchecks = ['../outside']\n", "leads out of the subject"),
        ("tradeops-waivers.toml", "[[waiver]]\ncheck = 'ACME-0001'\n", "tradeops-waivers.toml"),
        ("checks/test_acme_002.py", "import pytest\n@pytest.mark.verification(id='SEC-001', suite='security', title='mine')\ndef test_x(): pass\n", "bears a prefix of the packaged suites"),
        ("checks/test_acme_002.py", "import pytest\n@pytest.mark.verification(id='ACME-001', suite='acme', title='mine')\ndef test_x(): pass\n", "declared twice"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_used_is_23_before_any_check(
    repository: Repository, name: str, text: str, sentence: str
) -> None:
    repository.write(name, text)
    result = repository.run()
    assert (result.code, result.report) == (23, None), result.output
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_report_that_cannot_be_written_is_said_before_the_run(repository: Repository) -> None:
    repository.write("blocked", "a file, not a folder")
    result = repository.run("checks", "--tradeops-html=blocked/r.html")
    assert result.code == 4
    assert "blocked" in result.output
    assert "Traceback" not in result.output


def test_options_of_the_gate_need_the_gate(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--tradeops-report=r.json")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--tradeops-report needs --tradeops-gate*"])


def test_the_job_summary_is_appended_to(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = repository.write("summary.md", "# Earlier step\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert repository.run().code == 0
    text = summary.read_text()
    assert text.startswith("# Earlier step\n")
    assert text.count("PROMOTE") >= 1


@pytest.mark.parametrize("workers", [0, 2])
def test_ctrl_c_keeps_pytests_exit_code_and_still_reports(repository: Repository, workers: int) -> None:
    waiting = CHECK.format(number="002").replace(
        "    text =", "    subject.is_copy or open('started', 'w').close()\n    import threading\n"
        # In short waits: a signal that comes between Python's last look and a long one's start would not end it.
        "    subject.is_copy or all(threading.Event().wait(0.05) is False for _ in range(1200))\n    text ="
    )  # fmt: skip
    repository.check("002", waiting)
    command = [
        sys.executable, "-m", "pytest", f"-n{workers}", "-m", "verification(suite='acme')", "checks",
        "--tradeops-gate=own", "--tradeops-report=out/report.json", "-p", "no:cacheprovider",
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=repository.root,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # What is started in the background of a script inherits that it is deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    _await(repository.root / "started")
    process.send_signal(signal.SIGINT)
    try:
        output, _ = process.communicate(timeout=50)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # pytest's faulthandler says where it stands
        output, _ = process.communicate(timeout=10)
    assert process.returncode == 2, output
    report = json.loads((repository.root / "out" / "report.json").read_text())
    assert (report["verdict"], report["exit_code"]) == ("HOLD", 2)


def _await(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        os.sched_yield()


HOOKS = """
import pytest
from pytest_tradeops.model import Grade, ServiceHandle

def pytest_tradeops_redact(key, text):
    return text.replace("our-house", "[redacted]")

def pytest_tradeops_evidence(item, evidence):
    evidence.fact(build="our-house 7")

def pytest_tradeops_decided(report, config):
    print("decided", report.verdict, report.exit_code)
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_the_hooks_are_called(repository: Repository, workers: int) -> None:
    repository.write("conftest.py", HOOKS)
    result = repository.run("checks", "-s", workers=workers)
    assert result.code == 0, result.output
    assert "decided PROMOTE 0" in result.output
    assert result.check("ACME-001")["evidence"]["facts"]["build"] == "[redacted] 7"


BROUGHT = """
from pathlib import Path

def pytest_tradeops_checks(config):
    return {"acme": Path(config.rootpath) / "brought"}
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_a_plugin_can_bring_checks_of_its_own(repository: Repository, workers: int) -> None:
    repository.write("conftest.py", BROUGHT)
    (repository.root / "checks" / "test_acme_002.py").rename(repository.root / "checks" / "moved.txt")
    repository.write("brought/test_acme_002.py", (repository.root / "checks" / "moved.txt").read_text())
    result = repository.run("checks", "-v", workers=workers)
    assert "tradeops/acme/test_acme_002.py::test_acme_002" in result.output
    assert (result.code, result.outcome("ACME-002")) == (0, "passed"), result.output


OWN_REPORT = {"json": '{"schema": "mine"}', "html": "<p>mine</p>", "md": "# Mine", "xml": "<project/>"}


@pytest.mark.parametrize("kind", OWN_REPORT)
def test_a_file_that_is_no_report_is_never_replaced(repository: Repository, kind: str) -> None:
    mine = repository.write(f"mine.{kind}", OWN_REPORT[kind])
    option = {"json": "tradeops-report", "html": "tradeops-html", "md": "tradeops-summary", "xml": "junitxml"}[kind]
    result = repository.run("checks", f"--{option}={mine.name}")
    assert result.code == 4, result.output
    assert f"mine.{kind} is no " in result.output
    assert "Name another path." in result.output
    assert "Traceback" not in result.output
    assert mine.read_text() == OWN_REPORT[kind]


@pytest.mark.parametrize(
    "others",
    [
        ("--tradeops-html=r", "--tradeops-summary=./r"),
        ("--junitxml=r", "--tradeops-html=r"),
        ("--junitxml=${HERE}/r", "--tradeops-html=r"),
    ],
)
def test_two_reports_at_one_place_are_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...]
) -> None:
    monkeypatch.setenv("HERE", str(repository.root))
    result = repository.run("checks", *others)
    assert result.code == 4, result.output
    assert "Two reports have the same path" in result.output
    assert not (repository.root / "r").exists()


def test_reports_of_an_earlier_run_are_replaced(repository: Repository) -> None:
    outputs = ("--tradeops-html=out/r.html", "--tradeops-summary=out/r.md", "--junitxml=out/r.xml")
    for _ in range(2):
        assert repository.run("checks", *outputs).code == 0
    assert len(list((repository.root / "out").iterdir())) == 4


REFUSED = """
from pathlib import Path

@pytest.mark.verification(id="ACME-002", suite="acme", title="it holds")
def test_acme_002(subject, evidence):
    evidence.examined(1, "file b\udcff.py")
    evidence.fact(**{"b\udcff": -(2**40)})
    subject.is_copy or evidence.fact(names=["b\udcff"])
    (lambda: {end})()

@planted_fault(check="ACME-002", title="broken", expects="acme: broken")
def broken(subject):
    subject.write("planted.txt", "")
"""


PATH = f"{type(Path()).__module__}.PosixPath"  # `pathlib._local` in Python 3.13


@pytest.mark.parametrize(
    ("end", "outcome", "said"),
    [
        ("evidence.fact(where=Path('x'))", "error", f"cannot carry {PATH}"),
        ("evidence.fact(size=2**64)", "error", "beyond 64 bits"),
        ("evidence.examined(1, Path('x'))", "error", f"what is text, not {PATH}"),
        ("evidence.attach('a.bin', b'x')", "error", "text is text, not bytes"),
        ("evidence.fail('acme: broken', 'It is.', where=Path('x'))", "error", "where is text"),
        ("evidence.fail('acme: b', 'It is.', where='strategies/b\\udcff.py')", "failed", "strategies/b\\\\udcff.py"),
    ],
)
def test_what_workers_cannot_send_is_the_checks_own_error_with_and_without_them(
    repository: Repository, end: str, outcome: str, said: str
) -> None:
    repository.check("002", REFUSED.replace("{end}", end).replace("\udcff", "\\udcff"))
    documents = []
    for workers in (0, 2):
        outside = repository.root.parent / f"base{workers}"  # else one worker copies what the other one writes
        result = repository.run("checks", f"--basetemp={outside}", workers=workers)
        assert (result.code, result.outcome("ACME-002")) == (21, outcome), result.output
        documents.append(normalised(result.report or {}))
    for one, other in zip(documents[0]["checks"], documents[1]["checks"], strict=True):
        assert one["faults"] == other["faults"]
        assert one == other
    assert documents[0] == documents[1]
    assert said in json.dumps(documents[0]["checks"])
    assert documents[0]["checks"][1]["evidence"]["facts"] == {"b\\udcff": -(2**40), "names": ["b\\udcff"]}


DECLARED = CHECK.replace('title="the limit is there"', 'title="the limit of sesame7-{number} is there"').replace(
    'title="the limit is gone"', 'title="sesame7-{number} is gone"'
)


@pytest.mark.parametrize("workers", [0, 2])
def test_no_secret_of_a_declaration_a_waiver_or_an_ordinary_test(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setenv("ACME_API_SECRET", "sesame7-002")
    repository.check("002", DECLARED.format(number="002"))
    ordinary = "def test_ordinary(record_xml_attribute):\n    record_xml_attribute('by', 'sesame7-002')\n"
    repository.write("checks/test_ordinary.py", ordinary)
    outputs = ("--tradeops-html=out/r.html", "--tradeops-summary=out/r.md", "--junitxml=out/r.xml")
    result = repository.run("checks", *outputs, *OURS, "-o", "junit_family=xunit1", select=False, workers=workers)
    assert result.check("ACME-002")["title"] == "the limit of [redacted] is there"
    for path in (repository.root / "out").iterdir():
        assert "sesame7-002" not in path.read_text(), path.name
    assert 'by="[redacted]"' in (repository.root / "out" / "r.xml").read_text() or workers


BROKEN_HOOK = """
def pytest_tradeops_redact(key, text):
    {end}
"""


@pytest.mark.parametrize("end", ["raise RuntimeError('no')", "return 7"])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_broken_redact_hook_masks_what_it_was_asked_and_ends_no_run(
    repository: Repository, end: str, workers: int
) -> None:
    repository.write("conftest.py", BROKEN_HOOK.format(end=end))
    repository.write("limits.txt", "max=001")
    result = repository.run(
        "checks", "--junitxml=out/r.xml", f"--basetemp={repository.root.parent / 'base'}", workers=workers
    )
    assert (result.code, result.outcome("ACME-001"), result.outcome("ACME-002")) == (21, "inconclusive", "failed")
    assert result.check("ACME-002")["findings"][0]["message"] == "[redacted]"
    jsonschema.validate(result.report, schema())


ELSEWHERE = CHECK.replace("    text =", "    import os, pathlib\n    subject.is_copy or {go}\n    text =")
GO = {
    "another folder": "os.chdir(pathlib.Path(subject.root).parent)",
    "a folder that is gone": "[os.mkdir('gone'), os.chdir('gone'), os.rmdir(os.getcwd())]",
}


@pytest.mark.parametrize("go", GO)
def test_reports_are_written_where_the_run_began_and_shown_from_there(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, go: str
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "out/step.md")
    repository.check("002", ELSEWHERE.replace("{go}", GO[go]).format(number="002"))
    result = repository.run("checks", "--tradeops-html=out/r.html", "--junitxml=out/r.xml")
    assert result.code == 0, result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith("report:")]
    assert line == "report: out/report.json, out/r.html, out/r.xml, out/step.md"
    assert {one.name for one in (repository.root / "out").iterdir()} == {"report.json", "r.html", "r.xml", "step.md"}
    assert "tradeops.verdict" in (repository.root / "out" / "r.xml").read_text()


SERVED = """
from pytest_tradeops.model import Grade, ServiceHandle

def pytest_tradeops_service(name):
    return ServiceHandle(name, "remote", Grade.CONTAINER, "9.9-acme", {"http": "http://127.0.0.1:1"}, "brought")
"""
ASKS = CHECK.replace(
    "    text =", "    assert services(request.config).get('questdb').version == '9.9-acme'\n    text ="
)


def test_the_report_names_the_versions_with_and_without_workers(repository: Repository) -> None:
    repository.write("conftest.py", SERVED)
    asks = ASKS.replace("(subject, evidence)", "(subject, evidence, request)").format(number="002")
    found = []
    for workers in (0, 2):
        assert "questdb" not in (repository.run(workers=workers).report or {})["environment"]
    repository.check("002", "from pytest_tradeops.session.workers import services\n" + asks)
    for workers in (0, 2):
        result = repository.run(workers=workers)
        assert result.code == 0, result.output
        found.append((result.report or {})["environment"])
    assert found[0] == found[1]
    assert found[0]["questdb"] == "9.9-acme"
    assert found[0]["python"] == platform.python_version()
    assert {"os", "pytest", "plugins"} < set(found[0])
