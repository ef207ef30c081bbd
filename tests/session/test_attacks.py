"""Ways to a green run that proves nothing, each closed, with and without workers."""

from collections.abc import Callable

import pytest

from .conftest import CHECK, HEADER, Outcome, Repository

Run = Callable[..., Outcome]

PARAMETRISED = CHECK.format(number="002").replace(
    "def test_acme_002(subject, evidence):",
    "def test_acme_002(subject, evidence, venue):\n    assert venue == 'binance' or subject.is_copy, 'acme: bybit is red'",
).replace(
    '@pytest.mark.verification(id="ACME-002"',
    '@pytest.mark.parametrize("venue", ["binance", "bybit"])\n@pytest.mark.verification(id="ACME-002"',
)  # fmt: skip

ONCE = """
    import os, pathlib
    mark = pathlib.Path(__file__).with_suffix(".once")
    if not subject.is_copy and not mark.exists():
        mark.touch()
        {end}
    text ="""


def once(end: str) -> str:
    return CHECK.format(number="002").replace("\n    text =", ONCE.format(end=end), 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("checks", "-k", "not bybit"),
        ("checks", "--deselect", "checks/test_acme_002.py::test_acme_002[bybit]"),
        ("checks/test_acme_001.py", "checks/test_acme_002.py::test_acme_002[binance]"),
    ],
    ids=["k", "deselect", "node-id"],
)
def test_the_green_half_of_a_check_is_no_check(run: Run, repository: Repository, arguments: tuple[str, ...]) -> None:
    repository.check("002", PARAMETRISED)
    result = run(*arguments)
    assert (result.code, result.verdict) == (20, "HOLD"), result.output


def test_a_crashed_worker_is_not_healed_by_a_rerun(repository: Repository) -> None:
    repository.check("002", once("os._exit(1)"))
    result = repository.run("checks", "--reruns", "2", workers=2)
    assert (result.code, result.outcome("ACME-002")) == (20, "missing"), result.output


LATE = """
@pytest.fixture(autouse=True)
def late(evidence):
    yield
    evidence.examined(7, "things, afterwards")

@pytest.mark.verification(id="ACME-002", suite="acme", title="it holds")
def test_acme_002(subject, evidence):
    if subject.path("limits.txt").read_text() == "":
        evidence.fail("acme: empty", "It is empty.")

@planted_fault(check="ACME-002", title="empty", expects="acme: empty")
def empty(subject):
    subject.write("limits.txt", "")
"""


def test_evidence_given_in_tear_down_comes_too_late(run: Run, repository: Repository) -> None:
    repository.check("002", LATE)
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, "inconclusive"), result.output


def test_a_test_that_ran_twice_is_not_as_good_as_its_last_run(repository: Repository) -> None:
    repository.check("002", once("evidence.fail('acme: once', 'It fails once.')"))
    result = repository.run("checks", "checks/test_acme_002.py", "--keep-duplicates")
    assert result.code in (20, 21), result.output
    assert result.outcome("ACME-002") != "passed"


def test_nobody_else_answers_as_a_packaged_check(repository: Repository) -> None:
    impostor = CHECK.format(number="002").replace("ACME-002", "SEC-001").replace('suite="acme"', 'suite="security"')
    (repository.root / "checks" / "test_acme_002.py").unlink()
    repository.write("elsewhere/test_sec_001.py", HEADER + impostor)
    repository.write("pyproject.toml", '[tool.tradeops.profiles.own]\nrequired = ["SEC-001"]\n')
    result = repository.run("elsewhere", "-k", "acme", "-m", "verification", select=False)
    assert result.code == 21, result.output
    assert "answers as SEC-001, which is a packaged check" in result.output


def test_a_faults_leftovers_do_not_repair_the_check(run: Run, repository: Repository) -> None:
    body = """
    import os

    @pytest.mark.verification(id="ACME-002", suite="acme", title="the mode is set")
    def test_acme_002(subject, evidence):
        evidence.examined(1, "variable")
        if os.environ.get("BOT_MODE") != "safe" or subject.path("limits.txt").read_text() == "":
            evidence.fail("acme: mode", "BOT_MODE is not safe.")

    @planted_fault(check="ACME-002", title="emptied", expects="acme: mode")
    def emptied(subject):
        os.environ["BOT_MODE"] = "safe"
        subject.write("limits.txt", "")
    """
    repository.check("002", body)
    assert run().outcome("ACME-002") == "failed"


def test_a_guard_is_not_hidden_by_xfail(run: Run, repository: Repository) -> None:
    body = """
    from pytest_tradeops.exceptions import GuardTripped

    @pytest.mark.xfail(reason="known")
    @pytest.mark.verification(id="ACME-002", suite="acme", title="never live")
    def test_acme_002(evidence):
        raise GuardTripped("The configuration reaches a live venue.")
    """
    repository.check("002", body)
    assert run().code == 22


@pytest.mark.parametrize("where", ["check", "ordinary"])
def test_pytest_exit_does_not_end_the_run(run: Run, repository: Repository, where: str) -> None:
    if where == "check":
        repository.check(
            "002",
            CHECK.format(number="002").replace(
                "    text =", "    subject.is_copy or pytest.exit('bye', returncode=0)\n    text ="
            ),
        )
    else:
        repository.write(
            "checks/test_plain.py", "import pytest\ndef test_plain():\n    pytest.exit('bye', returncode=0)\n"
        )
    arguments = ("checks", "-m", "not verification or verification(suite='acme')")
    result = run(*arguments, select=False)
    assert (result.code, result.verdict) == (21, "BLOCK"), result.output


@pytest.mark.parametrize("part", ["tradeops-gate", "tradeops-suites", "tradeops-guards"])
def test_a_part_of_the_gate_cannot_be_left_out(repository: Repository, part: str) -> None:
    result = repository.run("checks", "-p", f"no:{part}")
    assert result.code == 4
    assert f"-p no:{part} takes a part of the gate out" in result.output


@pytest.mark.parametrize(
    ("when", "place"),
    [("pytest_configure(config)", "config"), ("pytest_sessionstart(session)", "session.config")],
    ids=["configure", "start"],
)
def test_a_run_whose_gate_a_conftest_took_out_is_no_promotion(
    run: Run, repository: Repository, when: str, place: str
) -> None:
    repository.write("limits.txt", "max=001")
    repository.write(
        "conftest.py",
        f"""
        def {when}:
            plugins = {place}.pluginmanager
            for name, plugin in plugins.list_name_plugin():
                if name.startswith("tradeops") and plugin is not None:
                    plugins.unregister(plugin)

        def pytest_collection_modifyitems(items):
            items[:] = [one for one in items if "002" not in one.nodeid]
        """,
    )
    result = run()
    assert result.code == 20, result.output
    if result.report is None:
        assert "the gate was taken out of the run" in result.output
    else:  # too early to take out what is registered later
        assert result.outcome("ACME-002") == "missing"


@pytest.mark.parametrize("question", ["--help", "--version", "--markers", "--fixtures"])
def test_a_question_to_pytest_needs_no_verdict(repository: Repository, question: str) -> None:
    assert repository.run(question).code == 0


@pytest.mark.parametrize(
    "end", ["raise ValueError('no')", "import sys; sys.exit(0)", "import pytest; pytest.exit('x', returncode=0)"]
)
def test_a_listener_cannot_change_the_verdict(repository: Repository, end: str) -> None:
    repository.write("limits.txt", "max=001")
    repository.write("conftest.py", f"def pytest_tradeops_decided(report, config):\n    {end}\n")
    assert repository.run().code == 21


def test_secrets_of_ordinary_tests_are_redacted_too(
    run: Run, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "s3cr3t" * 4
    monkeypatch.setenv("ACME_API_SECRET", secret)
    body = "import os\ndef test_plain(record_property):\n    record_property('p', os.environ['ACME_API_SECRET'])\n    assert os.environ['ACME_API_SECRET'] == ''\n"
    repository.write("checks/test_plain.py", body)
    repository.write("checks/test_broken.py", "import os\nraise ValueError(os.environ['ACME_API_SECRET'])\n")
    result = run("checks", "-m", "not verification", "--junitxml=out/r.xml", select=False)
    assert secret not in result.output
    assert secret not in (repository.root / "out" / "r.xml").read_text()
