"""`tradeops list` and `explain`, through the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.gate.catalogue import packaged

OWN = """\
import pytest
from pytest_tradeops.gate import planted_fault

@pytest.mark.verification(id="ACME-001", suite="acme", title="ours", covers=("7.7.1",), requires=("nowhere_to_be_had",))
def test_acme_001(evidence):
    \"\"\"What it proves.\"\"\"

@planted_fault(check="ACME-001", covers="7.7.1", title="broken", expects="acme: broken")
def break_it(subject): ...
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A subject with one check of its own."""
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_acme_001.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.tradeops]\nchecks = ["checks"]\n[tool.tradeops.profiles.mine]\nrequired = ["ACME-001"]\n',
        encoding="utf-8",
    )
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(one) for one in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_every_check_is_listed_with_the_subjects_own(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "list", "--subject", bot)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == ["ID", "SUITE", "SEVERITY", "GRADE", "FAULTS", "TITLE"]
    assert [line.split()[0] for line in lines[1:]] == sorted({*packaged().ids, "ACME-001"})


def test_the_json_listing_names_what_to_run(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "list", "--subject", bot, "--format", "json")
    by_id = {one["id"]: one for one in json.loads(out)}
    assert by_id["ACME-001"]["nodeid"] == "checks/test_acme_001.py::test_acme_001"
    assert by_id["ACME-001"]["faults"] == [
        {"title": "broken", "expects": "acme: broken", "covers": "7.7.1", "function": "break_it"}
    ]
    assert by_id["SEC-001"]["nodeid"] == "tradeops/security/test_sec_001.py::test_sec_001"


def test_a_suite_is_listed_alone(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "list", "--subject", bot, "--suite", "acme")[1].splitlines()[1].startswith("ACME-001")
    code, out, err = run(capsys, "list", "--subject", bot, "--suite", "secruity")
    assert (code, out) == (2, "")
    assert err == "tradeops: No check is in a suite 'secruity'. Did you mean 'security'?\n"


def test_every_item_is_listed_with_its_checks_and_those_without(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "list", "--subject", bot, "--by-spec")
    rows = {line.split()[0]: line.split()[1] for line in out.splitlines() if line.startswith("  ")}
    assert len(rows) == 174
    assert rows["7.7.1"] == "ACME-001"
    assert rows["7.7.2"] == "-"
    without = sum(1 for check in rows.values() if check == "-")
    assert f"{174 - without} of 174 items are covered" in out.splitlines()[-1]
    _, out, _ = run(capsys, "list", "--subject", bot, "--by-spec", "--format", "json")
    assert {one["item"]: one["checks"] for one in json.loads(out)}["7.7.1"] == ["ACME-001"]


def test_covers_prints_ids_and_nothing_else(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "list", "--subject", bot, "--covers", "7.7.1", "V.security.1") == (0, "ACME-001\nSEC-001\n", "")
    assert run(capsys, "list", "--subject", bot, "--covers", "7.7.1", "--format", "json")[1] == '[\n  "ACME-001"\n]\n'
    assert run(capsys, "list", "--subject", bot, "--covers", "7.7.2") == (1, "", "tradeops: no check covers 7.7.2.\n")
    code, _, err = run(capsys, "list", "--subject", bot, "--covers", "9.9")
    assert (code, err) == (
        2,
        "tradeops: The checklist has no item '9.9'. `tradeops list --by-spec` shows every item.\n",
    )


def test_explain_says_what_proves_it_and_how_to_run_it(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "acme-001", "--subject", bot)
    assert code == 0
    assert out.startswith("ACME-001: ours\n\nWhat it proves.\n")
    for part in ("7.7.1  cargo-vet", "broken  ->  acme: broken", "Required by mine", "Needs       nowhere_to_be_had"):
        assert part in out
    assert "pytest checks/test_acme_001.py::test_acme_001 --tradeops-faults with" in out
    _, out, _ = run(capsys, "explain", "SEC-001", "--format", "json", "--subject", bot)
    assert json.loads(out)["required_by"] == ["local", "staging"]


def test_an_unknown_id_is_answered_with_the_nearest(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "explain", "ACME-002", "--subject", bot)
    assert (code, err) == (2, "tradeops: No check is called 'ACME-002'. Did you mean 'ACME-001'?\n")
    assert "`tradeops list` shows every check" in run(capsys, "explain", "x", "--subject", bot)[2]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[tool.tradeops]\nprofil = 'x'\n", "Unknown key 'profil' in [tool.tradeops]. Did you mean 'profile'?"),
        ("[tool.tradeops\n", "is not valid TOML"),
        ("[tool.tradeops]\nchecks = ['nowhere']\n", "nowhere does not exist. Correct `checks` in [tool.tradeops]."),
    ],
)
def test_a_broken_setting_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str, said: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    code, out, err = run(capsys, "list", "--subject", tmp_path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_a_folder_that_is_none_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "list", "--subject", tmp_path / "nowhere")
    assert (code, err) == (2, f"tradeops: {tmp_path / 'nowhere'} is not a folder. Correct --subject.\n")


def test_a_problem_of_a_declaration_is_said_beside_the_list(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = bot / "checks" / "test_acme_001.py"
    file.write_text(OWN.replace('covers="7.7.1", ', ""), encoding="utf-8")
    code, out, err = run(capsys, "list", "--subject", bot)
    assert code == 0
    assert "ACME-001" in out
    assert err == "tradeops: checks/test_acme_001.py:5: ACME-001 covers 7.7.1, but no planted fault of it says so.\n"


def test_only_verify_passes_arguments_on(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["list", "--subject", str(bot), "--", "-k", "x"])
    assert caught.value.code == 2
    assert "passes nothing on" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error(bot: Path) -> None:
    command = f"{sys.executable} -m pytest_tradeops list --by-spec --subject {bot} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - a pipe
    assert done.stdout == "Dependabot Configuration\n"
    assert done.stderr == ""


def test_listing_loads_no_pytest_and_nothing_heavy(bot: Path) -> None:
    program = (
        "import sys; from pytest_tradeops.cli import main\n"
        "verbs = (['list'], ['explain', 'SEC-001'], ['waivers', 'lint'])\n"
        f"for verb in verbs: main([*verb, '--subject', {str(bot)!r}])\n"
        "heavy = {'pytest', '_pytest', 'docker', 'testcontainers', 'questdb', 'sentry_sdk', 'nautilus_trader'}\n"
        "heavy |= {'aiohttp', 'asyncio', 'cryptography', 'http.client', 'matplotlib', 'psycopg', 'ssl', 'yaml'}\n"
        "own = [name for name in sys.modules if name.startswith('pytest_tradeops.')]\n"
        "sys.stderr.write(' '.join([str(len(own)), *sorted(heavy & set(sys.modules))]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    own, *heavy = done.stderr.split()
    assert heavy == []
    assert int(own) < 100  # each costs a millisecond; what a verb does is loaded when it is done


@pytest.mark.parametrize("word", ["SEC-1", "sec-01"])
def test_an_id_without_its_zeros_is_recognised(capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert main(["explain", word]) == 2
    assert capsys.readouterr().err == f"tradeops: No check is called {word!r}. Did you mean 'SEC-001'?\n"
