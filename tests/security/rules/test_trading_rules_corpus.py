"""The rules on a corpus of defects and clean twins, a quarter of which nobody tuned them on."""

from collections.abc import Callable

import pytest
import trading_rules_held_out as held_out
from trading_rule_cases import Case
from trading_rules_clean import CLEAN
from trading_rules_defects import DEFECTS

type Scan = Callable[[str], list[tuple[str, str, str]]]


def ids(scan: Scan, case: Case) -> set[str]:
    """Trading rules that speak about the case; bandit's own tests are not asked."""
    return {identifier for identifier, _, _ in scan(case.source)}


@pytest.mark.parametrize("case", DEFECTS, ids=str)
def test_a_defect_is_found_and_nothing_else(scan: Scan, case: Case) -> None:
    assert ids(scan, case) == case.wanted


@pytest.mark.parametrize("case", CLEAN, ids=str)
def test_a_clean_twin_is_left_alone(scan: Scan, case: Case) -> None:
    assert ids(scan, case) == set()


@pytest.mark.parametrize(
    ("part", "defects", "clean"),
    [("tuned", DEFECTS, CLEAN), ("held out", held_out.DEFECTS, held_out.CLEAN)],
    ids=["tuned", "held-out"],
)
def test_recall_and_false_alarms(
    scan: Scan, record_property: Callable[[str, object], None], part: str, defects: list[Case], clean: list[Case]
) -> None:
    cases = [*defects, *clean]
    found = {case.title: ids(scan, case) for case in cases}
    missed = {case.title: case.wanted - found[case.title] for case in defects if case.wanted - found[case.title]}
    alarms = {case.title: found[case.title] - case.wanted for case in cases if found[case.title] - case.wanted}
    recall, rate = 1 - len(missed) / len(defects), len(alarms) / len(cases)
    text = f"{part}: recall {recall:.1%} of {len(defects)} defects, false alarms on {rate:.1%} of {len(cases)} files"
    record_property("trading rules", text)
    print(text)  # noqa: T201 - shown by `pytest -rP`
    assert recall >= 0.95, missed
    assert rate <= 0.02, alarms


def test_the_corpus_is_as_large_as_it_claims_and_every_rule_is_in_it(rule_ids: frozenset[str]) -> None:
    assert len(DEFECTS) >= 40
    assert len(CLEAN) >= 40
    total = len(DEFECTS) + len(CLEAN) + len(held_out.DEFECTS) + len(held_out.CLEAN)
    assert round((len(held_out.DEFECTS) + len(held_out.CLEAN)) / total, 2) >= 0.25
    assert {identifier for case in DEFECTS for identifier in case.wanted} == rule_ids
    titles = [case.title for case in (*DEFECTS, *CLEAN, *held_out.DEFECTS, *held_out.CLEAN)]
    assert len(titles) == len(set(titles))
