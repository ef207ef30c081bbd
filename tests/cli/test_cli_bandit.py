"""`tradeops bandit`: text, JSON and SARIF of the same findings, and its exit codes."""

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_tradeops import clock
from pytest_tradeops.cli import main

CODE = """\
import subprocess
import time


class Bot:
    def run(self, name):
        subprocess.call(f"ls {name}", shell=True)
        subprocess.call(f"ls {name}", shell=True)
        subprocess.call(f"rm {name}", shell=True)  # nosec
"""
LIVE = """\
from nautilus_trader.config import LiveRiskEngineConfig

risk = LiveRiskEngineConfig(bypass=True)
"""
SOON = (clock.today() + timedelta(days=30)).isoformat()


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    root = tmp_path / "bot"
    (root / "strategies" / "of mine").mkdir(parents=True)
    (root / "strategies" / "run.py").write_text(CODE)
    (root / "strategies" / "of mine" / "live.py").write_text(LIVE)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Begin")
    return root


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def told(capsys: pytest.CaptureFixture[str], bot: Path, *more: str) -> tuple[int, str]:
    code = main(["bandit", "--subject", str(bot), *more])
    out, err = capsys.readouterr()
    assert err == ""
    return code, out


def logged(capsys: pytest.CaptureFixture[str], bot: Path, tmp_path: Path) -> tuple[int, dict[str, Any]]:
    code, _ = told(capsys, bot, "--sarif", str(tmp_path / "log.sarif"))
    text = (tmp_path / "log.sarif").read_text(encoding="utf-8")
    assert str(bot) not in text
    log = json.loads(text)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    return code, log["runs"][0]


def baseline(bot: Path) -> None:
    arguments = ["--owner", "Ann", "--reason", "vendored", "--expires", SOON, "--subject", str(bot), "--force"]
    assert main(["baseline", "create", *arguments]) == 0


def test_text_names_place_rule_and_severity(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told(capsys, bot)
    assert code == 1
    assert re.search(r"^strategies/run\.py:7: B602 HIGH: .*security issue\.$", out, re.MULTILINE)
    assert re.search(r"^strategies/run\.py:9: B602 HIGH: .* \(hidden by nosec\)$", out, re.MULTILINE)
    assert out.splitlines()[-1] == "Examined: 2 files, 9 lines; 4 block."


def test_sarif_has_what_readers_go_by(bot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, run = logged(capsys, bot, tmp_path)
    assert code == 1
    driver, results = run["tool"]["driver"], run["results"]
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert [rule["id"] for rule in driver["rules"]] == sorted({result["ruleId"] for result in results})
    for result in results:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not urlsplit(uri).scheme
        assert not uri.startswith(("/", "."))
    rules = {rule["id"]: rule for rule in driver["rules"]}
    assert rules["B602"]["helpUri"].endswith("b602_subprocess_popen_with_shell_equals_true.html")
    assert rules["T114"]["helpUri"].startswith("https://cwe.mitre.org/data/definitions/")
    assert "docs/trading-rules.md" in rules["T114"]["help"]["text"]
    assert {rules[one]["defaultConfiguration"]["level"] for one in ("B602", "T114")} == {"error"}
    assert rules["B404"]["defaultConfiguration"]["level"] == "note"
    assert all(rule["properties"]["tags"][0] == "security" for rule in rules.values())
    (live,) = [one for one in results if one["ruleId"] == "T114"]
    place = live["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "strategies/of%20mine/live.py"},
        "region": {"startLine": 3},
    }
    calls = [one for one in results if one["ruleId"] == "B602"]
    assert [one["suppressions"] for one in calls] == [[], [], [{"kind": "inSource"}]]
    assert {one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for one in calls} == {"Bot.run"}
    prints = [one["partialFingerprints"]["tradeopsBaseline/v1"] for one in results]
    assert len(set(prints)) == len(prints)
    first, second, other = (one["partialFingerprints"]["tradeopsBaseline/v1"].split(":") for one in calls)
    assert first[0] == second[0] != other[0]
    assert [first[1], second[1], other[1]] == ["1", "2", "1"]


def test_fingerprints_stay_when_lines_shift(bot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def prints() -> list[dict[str, str]]:
        return [one["partialFingerprints"] for one in logged(capsys, bot, tmp_path)[1]["results"]]

    before = prints()
    (bot / "strategies" / "run.py").write_text("# shifted\n\n" + CODE)
    assert prints() == before
    (bot / "strategies" / "run.py").write_text(CODE.replace("rm", "mv"))
    after = prints()
    assert len([one for one in after if one in before]) == len(before) - 1


def test_a_baseline_is_under_review_until_it_is_merged(
    bot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(bot, "checkout", "-q", "-b", "feature")
    baseline(bot)
    capsys.readouterr()
    code, run = logged(capsys, bot, tmp_path)
    external = [one for result in run["results"] for one in result["suppressions"] if one["kind"] == "external"]
    assert code == 1
    assert (
        external
        == [{"kind": "external", "status": "underReview", "justification": f"vendored (Ann, until {SOON})"}] * 4
    )
    assert f"(in the baseline, Ann until {SOON}, once that is merged)" in told(capsys, bot)[1]
    git(bot, "add", "-A")
    git(bot, "commit", "-q", "-m", "Own them")
    git(bot, "checkout", "-q", "main")
    git(bot, "merge", "-q", "--ff-only", "feature")
    git(bot, "commit", "-q", "--allow-empty", "-m", "Next")
    code, run = logged(capsys, bot, tmp_path)
    assert code == 0
    assert [
        one["status"] for result in run["results"] for one in result["suppressions"] if one["kind"] == "external"
    ] == ["accepted"] * 4
    code, out = told(capsys, bot, "--format", "json")
    found = json.loads(out)
    assert (code, found["against"], set(found)) == (0, [], {"examined", "issues", "against"})
    assert {one["baseline"] for one in found["issues"] if one["severity"] == "HIGH"} == {"accepted"}


def test_what_was_not_read_is_no_success(bot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / "strategies" / "run.py").write_text("broken = (\n")
    (bot / "strategies" / "of mine" / "live.py").write_text("PRICE = 1\n")
    code, run = logged(capsys, bot, tmp_path)
    (invocation,) = run["invocations"]
    assert (code, invocation["executionSuccessful"], run["results"]) == (1, False, [])
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("bandit: file not parsed")
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "strategies/run.py"}


def test_bad_input_is_one_sentence_and_exit_2(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more, says in (
        (["--subject", str(bot), "--sarif", str(bot / "nowhere" / "log")], "cannot be written"),
        (["--subject", str(bot / "strategies")], "There is no folder strategies/."),
    ):
        assert main(["bandit", *more]) == 2
        assert says in capsys.readouterr().err
