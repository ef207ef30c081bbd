"""`tradeops baseline create`: what it records, and that it overwrites nothing unasked."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_tradeops import clock
from pytest_tradeops.cli import main

FILE = "tradeops-bandit-baseline.toml"
HEAD, CALL = "import subprocess\n\n\ndef run(name):\n", "    subprocess.call(f'ls {name}', shell=True)\n"
SOON = (clock.today() + timedelta(days=30)).isoformat()
LATER = (clock.today() + timedelta(days=60)).isoformat()


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "run.py").write_text(HEAD + CALL)
    return tmp_path


def create(
    capsys: pytest.CaptureFixture[str], bot: Path, *more: str, owner: str = "Ann", expires: str = SOON
) -> tuple[int, str, str]:
    arguments = ["--owner", owner, "--reason", "vendored", "--expires", expires, "--subject", str(bot), *more]
    code = main(["baseline", "create", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def entries(bot: Path) -> list[tuple[str, str, str]]:
    found = tomllib.loads((bot / FILE).read_text())["finding"]
    assert {one["reason"] for one in found} == {"vendored"}
    return [(one["file"], one["owner"], str(one["expires"])) for one in found]


def test_it_records_every_finding_by_itself_and_says_so(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / "strategies" / "run.py").write_text(HEAD + CALL + CALL)
    code, out, err = create(capsys, bot)
    assert (code, err) == (0, "")
    assert out == f"Recorded 2 findings of HIGH severity in strategies/ in {FILE}, owned by Ann until {SOON}.\n"
    assert entries(bot) == [("strategies/run.py", "Ann", SOON)] * 2
    assert "subprocess" not in (bot / FILE).read_text()  # a line may hold a secret


def test_it_overwrites_nothing_unasked(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert create(capsys, bot)[0] == 0
    before = (bot / FILE).read_bytes()
    code, out, err = create(capsys, bot, owner="Bob")
    assert (code, out) == (2, "")
    assert err == f"tradeops: {FILE} exists. Add to it with --merge, or write it anew with --force.\n"
    assert (bot / FILE).read_bytes() == before
    assert create(capsys, bot, "--force", owner="Bob")[0] == 0
    assert entries(bot) == [("strategies/run.py", "Bob", SOON)]


def test_merging_keeps_adds_drops_renews_and_follows_a_rename(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / "strategies" / "gone.py").write_text(HEAD + CALL.replace("ls", "cp"))
    (bot / "strategies" / "old.py").write_text(HEAD + CALL.replace("ls", "mv"))
    create(capsys, bot)
    (bot / "strategies" / "gone.py").write_text("PRICE = 1\n")
    (bot / "strategies" / "old.py").rename(bot / "strategies" / "renamed.py")
    (bot / "strategies" / "run.py").write_text(HEAD + CALL + CALL)
    code, out, _ = create(capsys, bot, "--merge", owner="Bob", expires=LATER)
    assert code == 0
    assert out == (
        f"Recorded 1 finding of HIGH severity in strategies/ in {FILE}, owned by Bob until {LATER}; kept 2; "
        "dropped 1 whose finding is gone.\n"
    )
    assert entries(bot) == [
        ("strategies/renamed.py", "Ann", SOON),
        ("strategies/run.py", "Ann", SOON),
        ("strategies/run.py", "Bob", LATER),
    ]
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    (bot / FILE).write_text((bot / FILE).read_text().replace(SOON, yesterday))
    create(capsys, bot, "--merge", owner="Cid")
    assert [owner for _, owner, _ in entries(bot)] == ["Cid", "Cid", "Bob"]


def test_with_nothing_high_there_is_nothing_to_write(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / "strategies" / "run.py").write_text("PRICE = 1\n")
    code, out, _ = create(capsys, bot)
    assert (code, (bot / FILE).exists()) == (0, False)
    assert (
        out == f"bandit finds nothing of HIGH severity in strategies/, so {FILE} is not needed and was not written.\n"
    )


@pytest.mark.parametrize(
    ("owner", "expires", "says"),
    [
        (" ", SOON, "--owner is empty. An entry without owner does not count."),
        ("Ann", "soon", "--expires soon is no date. Write it like 2026-12-31."),
        ("Ann", clock.today().isoformat(), "is not in the future. Name a later day."),
        ("Ann", "9999-12-31", "is more than a year away."),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    bot: Path, capsys: pytest.CaptureFixture[str], owner: str, expires: str, says: str
) -> None:
    code, out, err = create(capsys, bot, owner=owner, expires=expires)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err
    assert not (bot / FILE).exists()


@pytest.mark.parametrize("option", ["--owner", "--reason", "--expires"])
def test_what_an_entry_needs_must_be_given(bot: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    given = {"--owner": "Ann", "--reason": "why", "--expires": SOON}
    del given[option]
    with pytest.raises(SystemExit) as ended:
        main(["baseline", "create", *(word for pair in given.items() for word in pair), "--subject", str(bot)])
    assert ended.value.code == 2
    assert option in capsys.readouterr().err


def test_code_that_was_not_read_is_not_recorded(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / "strategies" / "broken.py").write_text("broken = (\n")
    code, _, err = create(capsys, bot)
    assert (code, (bot / FILE).exists()) == (2, False)
    assert "strategies/broken.py: bandit gave the file up" in err


def test_a_missing_folder_and_a_broken_baseline_are_said(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / FILE).write_text("[[finding")
    code, _, err = create(capsys, bot, "--merge")
    assert (code, "not valid TOML" in err) == (2, True)
    (bot / "pyproject.toml").write_text('[tool.tradeops]\nstrategies = "nowhere"\n')
    code, _, err = create(capsys, bot, "--force")
    assert (code, "There is no folder nowhere/." in err) == (2, True)
