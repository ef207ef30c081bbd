"""A suite that `-m` leaves out: deselected check by check, and never imported."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.session.unselected import unselected

from .conftest import CHECK, Outcome, Repository
from .test_reports import BROUGHT

Run = Callable[..., Outcome]

TWO = """
import pytest

@pytest.mark.verification(id="ACME-001", suite="acme", title="one", severity="critical")
def test_one(): ...

@pytest.mark.slow
@pytest.mark.verification(id="ACME-002", suite="other", title="two")
def test_two(): ...
"""


@pytest.mark.parametrize(
    "expression",
    [
        "verification(suite='third')",
        "verification(severity='major')",  # which neither says
        "verification(min_grade='static')",  # which is so, but not written
        "verification(id='ACME-003') and slow",
        "not verification",
        "not (verification or slow)",
        "slow and not slow and verification",
        "not verification and (a or b or c or d)",
    ],
)
def test_what_no_other_mark_could_select_is_not_imported(tmp_path: Path, expression: str) -> None:
    (tmp_path / "test_two.py").write_text(TWO)
    assert [entry.spec.id for entry in unselected(expression, tmp_path / "test_two.py")] == ["ACME-001", "ACME-002"]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "verification",
        "verification(suite='other')",
        "verification(severity='critical', id='ACME-001')",
        "slow",
        "not slow",
        "not verification or unknown",
        "not verification(suite='third')",
        "slow and not verification(id='ACME-001')",
        "not verification and",  # which pytest itself refuses
        "(" * 30,
        "verification and a and b and c and d and e and f and g and h",  # more than are tried out
    ],
)
def test_what_might_be_selected_is(tmp_path: Path, expression: str) -> None:
    (tmp_path / "test_two.py").write_text(TWO)
    assert list(unselected(expression, tmp_path / "test_two.py")) == []


@pytest.mark.parametrize("text", ["def (", "import pytest\n@pytest.mark.verification(id=name)\ndef test_x(): ...\n"])
def test_a_file_that_cannot_be_read_is_left_to_its_import(tmp_path: Path, text: str) -> None:
    (tmp_path / "test_two.py").write_text(text)
    assert list(unselected("not verification", tmp_path / "test_two.py")) == []
    assert list(unselected("not verification", tmp_path / "absent.py")) == []


def test_a_suite_that_is_left_out_is_not_imported_and_one_that_is_not_is(run: Run, repository: Repository) -> None:
    repository.write("conftest.py", BROUGHT)
    broken = CHECK.format(number="003").replace('suite="acme"', 'suite="other"')
    repository.write("brought/test_acme_003.py", f"raise RuntimeError('imported')\nimport pytest\n{broken}")
    left_out = run("checks")
    assert (left_out.code, left_out.verdict) == (0, "PROMOTE"), left_out.output
    asked_for = run("checks", "-m", "verification(suite='acme') or verification(suite='other')", select=False)
    assert (asked_for.code, asked_for.verdict) == (20, "HOLD"), asked_for.output
    assert "tradeops/acme/test_acme_003.py could not be imported: RuntimeError: imported" in asked_for.output


def test_a_required_check_that_is_left_out_is_missing(run: Run, repository: Repository) -> None:
    text = (repository.root / "pyproject.toml").read_text()
    repository.write("pyproject.toml", text.replace('"ACME-002"]', '"ACME-002", "SEC-001"]'))
    result = run("checks")
    assert (result.code, result.outcome("SEC-001")) == (20, "missing"), result.output
    assert "deselected" in result.check("SEC-001")["reason"]


BACK = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    ours = [item for item in items if item.name == "test_sec_001"]
    yield
    items.extend(ours)
"""


def test_one_that_a_hook_takes_back_proves_nothing(run: Run, repository: Repository) -> None:
    repository.write("conftest.py", BACK)
    text = (repository.root / "pyproject.toml").read_text()
    repository.write("pyproject.toml", text.replace('"ACME-002"]', '"ACME-002", "SEC-001"]'))
    result = run("checks")
    assert result.code == 20, result.output
    assert result.outcome("SEC-001") == "inconclusive", result.output
    assert "selected all the same" in result.check("SEC-001")["reason"]
