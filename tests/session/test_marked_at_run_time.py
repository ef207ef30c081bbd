"""A check that only exists while pytest runs: nothing that reads the source knows of it, so it proves nothing."""

from collections.abc import Callable

import pytest

from .conftest import CHECK, HEADER, OURS, Outcome, Repository

Run = Callable[..., Outcome]

MARK = """
import pytest

@pytest.hookimpl({when}=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if item.name == "test_acme_002":
            item.add_marker(pytest.mark.verification(id="ACME-002", suite="acme", title="the limit is there"{more}), append=False)
"""
UNMARKED = CHECK.format(number="002").replace(
    '@pytest.mark.verification(id="ACME-002", suite="acme", title="the limit is there", covers=("1.4.2",))', ""
)
ALL = ("checks", *OURS)
WORDS = "is marked as ACME-002 while pytest runs, and its source does not say the same"


@pytest.mark.parametrize("when", ["tryfirst", "trylast"])
def test_a_marker_that_a_hook_adds_makes_no_check(run: Run, repository: Repository, when: str) -> None:
    repository.check("002", UNMARKED)
    repository.write("conftest.py", MARK.format(when=when, more=""))
    result = run(*ALL, select=False)
    assert (result.code, result.outcome("ACME-001"), result.outcome("ACME-002")) == (20, "passed", "inconclusive")
    assert WORDS in result.check("ACME-002")["reason"]


def test_a_hook_that_weakens_a_declaration_makes_it_inconclusive(run: Run, repository: Repository) -> None:
    repository.check("002", CHECK.format(number="002").replace('suite="acme"', 'suite="acme", min_grade="embedded"'))
    repository.write("conftest.py", MARK.format(when="tryfirst", more=', covers=("1.4.2",)'))
    result = run("checks")
    assert (result.code, result.outcome("ACME-002")) == (20, "inconclusive"), result.output
    assert WORDS in result.check("ACME-002")["reason"]


def test_a_marker_that_a_running_test_is_given_makes_no_check(run: Run, repository: Repository) -> None:
    repository.check("002", UNMARKED)
    mark = 'request.node.add_marker(pytest.mark.verification(id="ACME-002", suite="acme", title="x"))'
    repository.write("conftest.py", f"import pytest\n@pytest.fixture(autouse=True)\ndef late(request):\n    {mark}\n")
    result = run(*ALL, select=False)
    assert (result.code, result.outcome("ACME-001"), result.outcome("ACME-002")) == (20, "passed", "missing")


def test_a_check_in_a_class_and_an_inherited_one_are_declared_in_the_source(run: Run, repository: Repository) -> None:
    lines = CHECK.format(number="002").strip().partition("\n\n\n")
    method = lines[0].replace("(subject", "(self, subject").replace("\n", "\n    ")
    repository.check("002", f"class Base:\n    {method}\n\nclass TestLimit(Base):\n    pass\n\n{lines[2]}\n")
    result = run("checks")
    assert (result.code, result.outcome("ACME-002")) == (0, "passed"), result.output


def test_a_parameter_s_marker_that_cannot_be_read_is_a_wrong_declaration(run: Run, repository: Repository) -> None:
    (repository.root / "checks" / "test_acme_002.py").unlink()
    parameter = 'pytest.param(1, marks=pytest.mark.verification(id="ACME-002", suite="acme", title="x"))'
    body = f"@pytest.mark.parametrize('number', [{parameter}])\ndef test_it(evidence, number):\n    evidence.examined(1, 'thing')\n"
    repository.write("elsewhere/test_it.py", HEADER + body)
    result = run("elsewhere", "checks")
    assert (result.code, result.verdict) == (21, "BLOCK"), result.output
    assert "is not a decorator of a function that can be read" in result.output
