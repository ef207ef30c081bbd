"""`tradeops verify` runs apart from the subject's conftest, settings and environment, and passes the verdict on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.commands.isolated import scrubbed

OWN = """\
import pytest
from pytest_tradeops.gate import planted_fault

@pytest.mark.verification(id="ACME-001", suite="acme", title="ours")
def test_acme_001(subject, evidence):
    evidence.examined(1, "files")
    if subject.path("state.txt").read_text() != "good":
        evidence.fail("acme: state is bad", "state.txt does not say good.", remedy="Write good into it.")

@planted_fault(check="ACME-001", title="another state", expects="acme: state is bad")
def spoil(subject):
    subject.write("state.txt", "bad")
"""
SETTINGS = """\
[tool.pytest.ini_options]
addopts = "--no-such-option"
python_files = "nothing.py"

[tool.tradeops]
profile = "mine"
checks = ["checks"]

[tool.tradeops.profiles.mine]
required = ["ACME-001"]
"""
EARLIER = {
    "report.json": '{\n  "schema": "tradeops-report/1"}',
    "report.html": "<!DOCTYPE html>\n<!-- tradeops-report -->",
    "summary.md": "<!-- tradeops-report -->",
    "junit.xml": "<testsuites><testsuite/></testsuites>",
}
REPORTS = set(EARLIER)


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A subject that would break any run it took part in: conftest files, settings and modules of its own."""
    root = tmp_path / "bot"
    (root / "checks").mkdir(parents=True)
    (root / "checks" / "test_acme_001.py").write_text(OWN, encoding="utf-8")
    (root / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "state.txt").write_text("good", encoding="utf-8")
    for name in ("conftest.py", "checks/conftest.py", "json.py", "tempfile.py", "pluggy.py", "tests/test_own.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("raise SystemExit(99)\n", encoding="utf-8")
    (root / "tradeops").mkdir()  # the prefix of the packaged checks' node ids
    return root


def verify(root: Path, *arguments: str, **environ: str) -> tuple[int, str, dict[str, object]]:
    """Exit code, output, and the JSON report."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TRADEOPS_"))}
    command = [sys.executable, "-P", "-m", "pytest_tradeops", "verify", "--subject", str(root), *arguments]
    done = subprocess.run(
        command, cwd=root, env={**clean, **environ}, capture_output=True, text=True, check=False, timeout=120
    )
    path = root / "tradeops-report" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return done.returncode, done.stdout + done.stderr, report


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_sound_subject_is_promoted_whatever_it_would_do_to_the_run(bot: Path, workers: str) -> None:
    environ = {
        "PYTEST_ADDOPTS": "--no-such-option",
        "PYTEST_PLUGINS": "no_such_plugin",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONOPTIMIZE": "2",
    }
    code, output, report = verify(bot, "-n", workers, "--only", "ACME-001", **environ)
    assert code == 0, output
    assert report["verdict"] == "PROMOTE"
    assert {path.name for path in (bot / "tradeops-report").iterdir()} == {*REPORTS, ".gitignore"}
    assert "report: tradeops-report/report.json, tradeops-report/report.html" in " ".join(output.split())
    assert workers == "2" or "\nchecks/test_acme_001.py ." in output  # as seen from the subject
    assert not (bot / ".pytest_cache").exists()


@pytest.mark.slow
def test_evidence_against_the_subject_is_21(bot: Path) -> None:
    (bot / "state.txt").write_text("worse", encoding="utf-8")
    code, output, report = verify(bot, "--only", "acme-001")
    assert (code, report["verdict"]) == (21, "BLOCK")
    assert "Write good into it." in output


@pytest.mark.slow
def test_a_part_of_a_profile_is_held_at_best(bot: Path) -> None:
    settings = bot / "pyproject.toml"
    settings.write_text(SETTINGS.replace('["ACME-001"]', '["ACME-001", "SEC-001"]'), encoding="utf-8")
    code, _, report = verify(bot, "--only", "ACME-001")
    assert (code, report["verdict"]) == (20, "HOLD")


@pytest.mark.slow
def test_arguments_behind_two_dashes_go_to_pytest(bot: Path) -> None:
    code, output, _ = verify(bot, "--only", "ACME-001", "--", "--collect-only", "-q")
    assert "checks/test_acme_001.py::test_acme_001" in output
    assert code == 20  # nothing ran


def test_a_check_that_measures_is_run_where_it_is_named(bot: Path) -> None:
    """No profile but staging lists it, so that it is left out of a run that does not name it."""
    _, output, _ = verify(bot, "--only", "BEN-004", "-n", "0", "--", "--collect-only", "-q")
    assert "tradeops/benchmarks/test_ben_004.py::test_ben_004" in output
    _, output, _ = verify(bot, "-n", "0", "--", "--collect-only", "-q")
    assert "test_ben_001" in output
    assert "test_ben_003" not in output
    assert "test_ben_004" not in output


@pytest.mark.parametrize("option", ["--help", "--version", "--markers", "--fixtures", "--collect-only"])
def test_an_option_that_runs_nothing_promotes_nothing(bot: Path, option: str) -> None:
    code, output, report = verify(bot, "--only", "ACME-001", "--", option)
    assert code == 20, output
    # pytest itself judges a run that it began; one that it did not begin has no report.
    assert report.get("verdict") == "HOLD" or "tradeops: The run ended without a verdict: " in output


@pytest.mark.parametrize(
    "ending",
    [
        "import os; os._exit(0)",
        "import atexit, os; atexit.register(os._exit, 0); state.write_text('worse')",
    ],
)
def test_a_check_that_ends_the_process_with_0_promotes_nothing(bot: Path, ending: str) -> None:
    check = bot / "checks" / "test_acme_001.py"
    body = f"    state = subject.path('state.txt'); {ending}\n    evidence.examined("
    check.write_text(OWN.replace("    evidence.examined(", body), encoding="utf-8")
    code, output, report = verify(bot, "--only", "ACME-001", "-n", "0")  # with workers only a worker would end
    assert code in (20, 21), output
    assert "tradeops: The run ended without a verdict: pytest ended with 0 but report.json " in output
    assert report.get("verdict") != "PROMOTE"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fails", "warning"),
    [
        ("return subject.path('state.txt').read_text() == 'better'", "PytestReturnNotNoneWarning"),
        (
            "t = __import__('threading').Thread(target=lambda: 1 / 0); t.start(); t.join()",
            "PytestUnhandledThreadExceptionWarning",
        ),
        ("type('X', (), {'__del__': lambda _: 1 / 0})()", "PytestUnraisableExceptionWarning"),
    ],
)
def test_a_check_that_fails_unseen_is_not_promoted(bot: Path, fails: str, warning: str) -> None:
    check = bot / "checks" / "test_acme_001.py"
    sound = OWN.replace("\n@planted_fault", f"    {fails}\n\n@planted_fault")
    check.write_text(sound, encoding="utf-8")
    code, output, report = verify(bot, "--only", "ACME-001")
    assert code != 0, output
    assert report["verdict"] != "PROMOTE"
    assert warning in output


def test_reports_of_an_earlier_run_are_gone_when_a_run_ends_at_once(bot: Path) -> None:
    folder = bot / "tradeops-report"
    folder.mkdir()
    for name in REPORTS:
        (folder / name).write_text(EARLIER[name], encoding="utf-8")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert verify(bot, "--only", "ACME-001", "--", "--no-such-option")[0] == 4
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_a_file_that_is_no_report_is_never_replaced(bot: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    folder = bot / "mine"
    folder.mkdir()
    for other in REPORTS:
        (folder / other).write_text(EARLIER[other], encoding="utf-8")
    (folder / name).write_text("mine", encoding="utf-8")
    assert main(["verify", "--subject", str(bot), "--report-dir", str(folder)]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), f"{name} is no " in said, "Name another path." in said) == (1, True, True)
    assert {path.name for path in folder.iterdir()} == REPORTS  # none was removed before all were looked at
    assert (folder / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_an_invalid_waiver_file_is_23(bot: Path) -> None:
    (bot / "tradeops-waivers.toml").write_text("[[waiver]]\ncheck = 'ACME-001'\n", encoding="utf-8")
    code, output, _ = verify(bot, "--only", "ACME-001")
    assert code == 23
    assert "tradeops-waivers.toml:1: The waiver for ACME-001 has no owner" in output


@pytest.mark.slow
def test_a_terminated_run_takes_its_child_with_it(bot: Path) -> None:
    check = bot / "checks" / "test_acme_001.py"
    waits = '    subject.path("pid").write_text(str(__import__("os").getpid()))\n    __import__("time").sleep(60)\n'
    check.write_text(OWN.replace('    evidence.examined(1, "files")\n', waits), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TRADEOPS_"))}
    base = bot.parent / "base"  # the copy that the planted fault works on, which runs first, is made below it
    base.mkdir()
    clean["TMPDIR"] = str(base)
    command = [sys.executable, "-P", "-m", "pytest_tradeops", "verify", "--subject", str(bot), "--only", "ACME-001"]
    process = subprocess.Popen(command, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = _wait_for(lambda: [path for path in base.rglob("pid") if path.read_text(encoding="utf-8")])
    child = int(found[0].read_text(encoding="utf-8"))
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    _wait_for(lambda: not Path(f"/proc/{child}").exists())


def _wait_for[T](condition: Callable[[], T], seconds: float = 60.0) -> T:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.05)
    return found


def test_the_environment_loses_what_steers_python_or_pytest(tmp_path: Path) -> None:
    inside, outside = tmp_path / "bot" / "src", tmp_path / "lib"
    environ = {
        "PATH": "/bin",
        "PYTEST_ADDOPTS": "-x",
        "PYTEST_PLUGINS": "evil",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONSTARTUP": "x",
        "PYTHONOPTIMIZE": "2",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": os.pathsep.join([str(inside), "", str(outside), str(tmp_path / "bot")]),
    }
    expected = {"PATH": "/bin", "PYTHONHASHSEED": "7", "PYTHONPATH": str(outside)}
    assert scrubbed(environ, tmp_path / "bot") == expected
    assert "PYTHONPATH" not in scrubbed({"PYTHONPATH": str(inside)}, tmp_path / "bot")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--profile", "stagin"], 23, "Unknown profile 'stagin'. Did you mean 'staging'?"),
        (["--only", "ACME-009"], 2, "No check is called 'ACME-009'. Did you mean 'ACME-001'?"),
        (["-n", "two"], 2, "-n two is not a number of processes. Write -n 2 or -n auto."),
    ],
)
def test_a_typing_error_costs_no_run(
    bot: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main(["verify", "--subject", str(bot), *arguments]) == code
    assert capsys.readouterr().err == f"tradeops: {said}\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('required = ["ACME-001"]', 'extends = "mine"', "Profiles extend each other in a circle: mine -> mine."),
        ('required = ["ACME-001"]', "required = 1", "required must be a list"),
        ('profile = "mine"', 'profil = "mine"', "Unknown key 'profil' in [tool.tradeops]."),
        ('profile = "mine"', "profile = mine", "is not valid TOML"),
    ],
)
def test_a_policy_that_cannot_be_used_is_23(
    bot: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    (bot / "pyproject.toml").write_text(SETTINGS.replace(old, new), encoding="utf-8")
    assert main(["verify", "--subject", str(bot)]) == 23
    shown = capsys.readouterr().err
    assert shown.startswith("tradeops: ")
    assert said in shown
    assert shown.count("\n") == 1


def test_a_report_folder_that_cannot_be_made_is_one_sentence(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--subject", str(bot), "--report-dir", str(bot / "state.txt" / "x")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
