"""`tradeops doctor`, through the command line."""

import json
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.commands import inventory
from pytest_tradeops.model import Grade

OWN = """\
import pytest
from pytest_tradeops.gate import planted_fault

@pytest.mark.verification(id="ACME-001", suite="acme", title="ours", requires=("{word}",))
def test_acme_001(evidence): ...

@planted_fault(check="ACME-001", title="broken", expects="acme: broken")
def break_it(subject): ...
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A subject whose profile requires one check of its own."""
    write(tmp_path, "git")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.tradeops]\nprofile = "mine"\nchecks = ["checks"]\n'
        '[tool.tradeops.profiles.mine]\nrequired = ["ACME-001"]\n'
        '[tool.tradeops.services]\nproviders = ["remote"]\n',
        encoding="utf-8",
    )
    return tmp_path


def write(root: Path, word: str) -> None:
    (root / "checks").mkdir(exist_ok=True)
    (root / "checks" / "test_acme_001.py").write_text(OWN.format(word=word), encoding="utf-8")


def examine(bot: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, object]]:
    code = main(["doctor", "--subject", str(bot), "--format", "json", *more])
    return code, json.loads(capsys.readouterr().out)


def test_it_fits_on_one_screen(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--subject", str(bot)]) == 0
    out = capsys.readouterr().out
    words = [line[:12].strip() for line in out.splitlines()]
    for word in ("tradeops", "plugins", "git", "subject", "parts", "extras", "questdb", "checks", "profile", "next"):
        assert word in words
    assert "profile     mine requires 1, of which 1 can run here" in out


@pytest.mark.parametrize("word", ["git", "pytest", "pytest-xdist", "json"])
def test_what_is_there_is_not_missed(word: str) -> None:
    assert inventory.lacking(word, {}, Grade.STATIC) == ""


def test_a_service_below_the_profiles_floor_is_named_with_the_remedy() -> None:
    here = {"questdb": Grade.EMBEDDED}
    assert inventory.lacking("questdb", here, Grade.EMBEDDED) == ""
    assert "TRADEOPS_QUESTDB_GRADE=testnet" in inventory.lacking("questdb", here, Grade.TESTNET)
    assert "no provider" in inventory.lacking("questdb", {"questdb": None}, Grade.STATIC)


def test_a_required_check_that_cannot_run_ends_with_one(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(bot, "nowhere_to_be_had")
    assert main(["doctor", "--subject", str(bot)]) == 1
    assert "ACME-001 cannot: install nowhere_to_be_had" in capsys.readouterr().out


def test_a_service_without_provider_is_named_with_the_reason(
    bot: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRADEOPS_QUESTDB_URL", raising=False)
    write(bot, "questdb")
    code, found = examine(bot, capsys)
    assert code == 1
    services: dict[str, dict[str, dict[str, str]]] = found["services"]  # type: ignore[assignment]
    assert "TRADEOPS_QUESTDB_URL" in services["questdb"]["remote"]["why_not"]
    assert "not configured" in services["questdb"]["process"]["why_not"]
    assert {
        "id": "ACME-001",
        "suite": "acme",
        "lacks": ["no provider can give questdb, see above"],
        "required": True,
    } in (
        found["checks"]  # type: ignore[operator]
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "tradeops verify"),
        (["--profile", "mine"], "tradeops verify --profile mine"),
        (["--profile", "my own"], "tradeops verify --profile 'my own'"),
    ],
)
def test_the_next_command_is_for_the_profile_that_was_examined(
    bot: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["init", "--subject", str(bot)]) == 0
    settings = (bot / "pyproject.toml").read_text(encoding="utf-8")
    mine = "[tool.tradeops.profiles.mine]"
    own = settings.replace(mine, f'[tool.tradeops.profiles."my own"]\nextends = "mine"\n{mine}')
    (bot / "pyproject.toml").write_text(own, encoding="utf-8")
    capsys.readouterr()
    assert main(["doctor", "--subject", str(bot), *arguments]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"next        {said}"


def test_a_required_id_that_nothing_declares_is_named(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = bot / "pyproject.toml"
    settings.write_text(settings.read_text().replace('["ACME-001"]', '["ACME-001", "ACME-002"]'), encoding="utf-8")
    code, found = examine(bot, capsys)
    assert (code, found["undeclared"]) == (1, ["ACME-002"])


def test_an_unknown_profile_is_one_sentence(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--subject", str(bot), "--profile", "stagin"]) == 2
    assert capsys.readouterr().err == "tradeops: Unknown profile 'stagin'. Did you mean 'staging'?\n"


def test_the_extras_are_those_of_the_package(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = examine(bot, capsys)[1]
    assert {"services", "embedded", "security", "telemetry", "nautilus"} <= set(found["extras"])  # type: ignore[call-overload]


def test_a_missing_extra_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "version", lambda name: "" if name == "bandit" else "1")
    [extra] = [one for one in inventory.extras() if one.missing]
    assert (extra.name, extra.missing) == ("security", ("bandit",))
    assert extra.command == "pip install 'pytest-tradeops[security]'"


def test_a_part_that_there_is_nothing_for_is_not_called_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = examine(tmp_path, capsys)
    subject = found["subject"]
    assert isinstance(subject, dict)
    assert subject["parts"]["dependabot"] == "left out"  # no file here names a dependency


def test_one_remedy_for_several_needs_is_said_once(
    bot: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "lacking", lambda *_, **__: inventory.install("nautilus"))
    _, found = examine(bot, capsys)
    checks = found["checks"]
    assert isinstance(checks, list)
    assert {tuple(one["lacks"]) for one in checks} <= {(), (inventory.install("nautilus"),)}


def test_a_module_is_asked_for_by_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {"pyyaml", "bandit", "check-jsonschema"}  # and so [security] was not installed, of all that bring it
    monkeypatch.setattr(inventory, "version", lambda name: "" if name.lower() in absent else "1")
    monkeypatch.setattr(inventory.importlib.util, "find_spec", lambda _: None)
    assert inventory.lacking("yaml", {}, Grade.STATIC) == inventory.install("security")
