"""BEN-003 as a whole on small projects: which records it accepts, what it counts again, and when it cannot say."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.bench import recount
from pytest_tradeops.clock import today
from pytest_tradeops.exceptions import CheckFailed, DeclarationError, Inconclusive
from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.review import evaluation
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.benchmarks import test_ben_003 as ben_003

BENCHMARK = "def test_work(benchmark): assert benchmark(lambda: sum(i * i for i in range(1000))) > 0\n"
NAME = "bench/test_work.py::test_work"
ROOT = Path(__file__).parents[2]
Write = Callable[..., Subject]


@pytest.fixture
def record(tmp_path: Path) -> Write:
    """Writes a project whose record claims the given things, beside what is true."""

    def write(status: str = "Accepted", **claims: Any) -> Subject:
        root = tmp_path / "bot"
        (root / "docs" / "adr").mkdir(parents=True, exist_ok=True)
        (root / "bench").mkdir(exist_ok=True)
        (root / "bench" / "test_work.py").write_text(BENCHMARK)
        (root / "pyproject.toml").write_text('[project]\nname = "bot"\nversion = "1"\n')
        subject = open_subject(root, load_settings(root))
        found = (
            recount.here(subject.python, root)
            if shutil.which("valgrind")
            else dict.fromkeys(("machine", "python", "valgrind"), "x")
        )
        table = {
            "owner": "ann",
            "until": today() + timedelta(days=9),
            **found,
            "pytest-codspeed": "5.0.4",
            "tolerance": 0.02,
            **claims,
        }
        counts = table.pop("instructions", {NAME: 500_000})
        lines = [
            f"{name} = {value if name in ('until', 'tolerance') else repr(value)}"
            for name, value in table.items()
            if value is not None
        ]
        lines += ["[codspeed.instructions]", *(f'"{name}" = {count}  # a call' for name, count in counts.items())]
        block = "\n".join(["[codspeed]", *lines])
        (root / "docs" / "adr" / "ADR-004-codspeed.md").write_text(
            f"# ADR-004: CodSpeed\n\n- Status: {status}\n- Date: 2026-11-30\n- Supersedes: none\n\n```toml claims\n{block}\n```\n"
        )
        return subject

    return write


def failed(subject: Subject) -> str:
    with pytest.raises(CheckFailed) as caught:
        ben_003.test_ben_003(subject, Evidence())
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.usefixtures("valgrind")
def test_counts_that_are_true_pass_and_altered_ones_do_not(record: Write, tmp_path: Path) -> None:
    first = failed(record(instructions={NAME: 1}))
    assert first.startswith(f"codspeed-record: not reproducible: {NAME} takes ")
    count = int(first.partition(" takes ")[2].partition(" ")[0].replace(",", ""))
    subject, evidence = record(instructions={NAME: count}), Evidence()
    ben_003.test_ben_003(subject, evidence)
    told = evidence.record(Redactor())
    assert (told.total, told.grade, told.facts["owner"]) == (1, Grade.EMBEDDED, "ann")
    copy = subject.copy_to(tmp_path / "copy")
    ben_003.figure_altered(copy)
    assert failed(copy).startswith("codspeed-record: not reproducible")


@pytest.mark.slow
@pytest.mark.usefixtures("valgrind")
def test_the_record_of_this_repository_can_be_counted_again() -> None:
    subject = open_subject(ROOT, load_settings(ROOT))
    try:
        ben_003.test_ben_003(subject, Evidence())
    except Inconclusive as error:
        pytest.skip(str(error))


@pytest.mark.slow
@pytest.mark.usefixtures("valgrind")
def test_a_benchmark_that_is_gone_cannot_be_counted(record: Write) -> None:
    with pytest.raises(Inconclusive, match=r"test_gone was not counted: "):
        ben_003.test_ben_003(record(instructions={"bench/test_work.py::test_gone": 9}), Evidence())


def test_without_valgrind_it_is_inconclusive(record: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = record()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Inconclusive, match=r"valgrind is not installed"):
        ben_003.test_ben_003(subject, Evidence())


@pytest.mark.usefixtures("valgrind")
def test_with_another_python_it_is_inconclusive(record: Write) -> None:
    with pytest.raises(
        Inconclusive, match=r"was made with python CPython 3\.9\.1, here CPython .*, and counts depend on it"
    ):
        ben_003.test_ben_003(record(python="CPython 3.9.1"), Evidence())


@pytest.mark.parametrize("status", ["Proposed", "Deprecated", "Superseded by ADR-009", "Perhaps"])
def test_a_record_that_is_not_accepted_is_none(record: Write, status: str) -> None:
    assert failed(record(status)).startswith("codspeed-record: missing: no accepted record in docs/adr ")


def test_no_record_two_of_them_and_one_that_is_over(record: Write) -> None:
    subject = record(until=today() - timedelta(days=1))
    assert failed(subject).startswith("codspeed-record: expired: ann's evaluation counted until ")
    only = subject.root / "docs" / "adr" / "ADR-004-codspeed.md"
    again = only.read_text(encoding="utf-8").replace("ADR-004", "ADR-005")
    only.with_name("ADR-005-again.md").write_text(again, encoding="utf-8")
    assert "ADR-004-codspeed.md, ADR-005-again.md both claim it" in failed(subject)
    shutil.rmtree(only.parent)
    assert failed(subject).startswith("codspeed-record: missing: ")


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"owner": None}, "owner is no text"),
        ({"owner": " "}, "owner is no text"),
        ({"until": "'soon'"}, "until is no date"),
        ({"tolerance": 0.5}, "tolerance is no number between 0 and 0.1"),
        ({"tolerance": "true"}, "tolerance is no number between 0 and 0.1"),
        ({"instructions": {}}, "names no benchmark, so nothing could be counted again"),
        ({"instructions": {NAME: -1}}, "a count is no number above zero"),
    ],
)
def test_claims_that_cannot_be_used_are_named(record: Write, claims: dict[str, Any], said: str) -> None:
    text = failed(record(**claims))
    assert text.startswith("codspeed-record: malformed: ")
    assert said in text


def test_a_count_that_stands_in_no_line_of_its_own_is_not_altered(record: Write) -> None:
    subject = record()
    path = subject.root / "docs" / "adr" / "ADR-004-codspeed.md"
    path.write_text(
        path.read_text().replace(
            f'[codspeed.instructions]\n"{NAME}" = 500000  # a call', f'instructions = {{"{NAME}" = 500000}}'
        )
    )
    with pytest.raises(DeclarationError, match=r"does not hold the count of"):
        ben_003.figure_altered(subject.copy_to(subject.root.parent / "copy"))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates()
TABLES = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(st.sampled_from(["owner", "until", "instructions", "a"]), inner, max_size=4),
    max_leaves=8,
)


@given(TABLES)
def test_whatever_is_claimed_gives_an_evaluation_or_a_sentence(table: Any) -> None:
    reasons: tuple[str, ...] = ()
    try:
        evaluation._evaluation("ADR-004-x.md", table)
    except CheckFailed as error:
        reasons = error.reasons
    assert set(reasons) <= {evaluation.REASON_MALFORMED}


@given(
    st.lists(st.text(max_size=20) | st.builds('"a" = {}\n'.format, st.text("0123456789_.eE-inf#x ", max_size=9))),
    st.floats(0.5, 2),
)
def test_altering_any_text_breaks_nothing(lines: list[str], factor: float) -> None:
    evaluation.altered("".join(lines), "a", factor)
