"""What every proof of a rule begins with: the rule is there, it can be evaluated, and it belongs to its severity."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ...exceptions import CheckFailed, DeclarationError
from ...model import Finding
from ..place import MetricsPlace
from ..rules.model import Rule, RuleError, RuleGroup
from ..testing import AlertRules, RuleTrial, read_rules

ALERTING = Path("provisioning") / "alerting"
_REMEDY = "Compare the rule with what `tradeops init monitoring` writes; docs/evaluator.md says how to test it."


@dataclass(slots=True)
class RuleProof:
    """What was examined and what was found wrong.

    Attributes:
        word: What the reasons of its findings begin with.
        evaluations: How often the rule was evaluated.
        facts: For the evidence: the same on every run.
    """

    word: str
    group: RuleGroup
    rule: Rule
    findings: list[Finding] = field(default_factory=list)
    evaluations: int = 0
    instances: int = 0
    facts: dict[str, object] = field(default_factory=dict)

    def add(self, reason: str, message: str, remedy: str = "") -> None:
        """Notes a finding, once for each reason."""
        finding = Finding(f"{self.word}: {reason}", message, f"rule {self.rule.uid}", remedy or _REMEDY)
        if all(one.reason != finding.reason for one in self.findings):
            self.findings.append(finding)

    def trial(self, place: MetricsPlace) -> RuleTrial:
        """The rule alone on a clock of its own."""
        return AlertRules([self.group], place).rule(self.rule.uid)

    def examined(self, trial: RuleTrial) -> None:
        """Counts what a trial evaluated; a rule that cannot be evaluated is a finding."""
        self.evaluations = max(self.evaluations, trial.ticks)
        self.instances = max(self.instances, len(trial.view.instances))
        if trial.is_broken():
            self.add("cannot be evaluated", f"Grafana would call it broken: {trial.view.last_error}")

    @property
    def settling(self) -> str:
        """How long until a lasting breach must have fired: `for`, in whole evaluations, and one to begin with."""
        interval = self.group.interval
        return f"{int(interval + math.ceil(self.rule.wait / interval) * interval)}s"

    def must_be(self, severity: str) -> None:
        """The label that its route depends on."""
        given = self.rule.labels.get("severity", "")
        self.facts["severity"] = given
        if given != severity:
            self.add("wrong severity", f"Its label severity is {given or 'missing'}, not {severity}.")


def opened(folder: Path, uid: str, word: str) -> RuleProof:
    """The rule of that uid under the subject's monitoring folder.

    Raises:
        CheckFailed: there is none, or Grafana would refuse the file.
    """
    try:
        groups = read_rules(folder / ALERTING)
    except RuleError as error:
        raise CheckFailed([Finding("rules: refused by Grafana", error.message, folder.name, _REMEDY)]) from None
    except DeclarationError:
        raise CheckFailed([_missing(folder, uid, "there are no alert rules")]) from None
    for group in groups:
        for rule in group.rules:
            if rule.uid == uid:
                return RuleProof(word, RuleGroup(group.name, group.folder, group.interval, (rule,)), rule)
    known = ", ".join(rule.uid for group in groups for rule in group.rules)
    raise CheckFailed([_missing(folder, uid, f"there are {known}")])


def _missing(folder: Path, uid: str, found: str) -> Finding:
    return Finding(
        "rule: missing",
        f"No alert rule has the uid {uid}: {found}.",
        f"{folder.name}/{ALERTING.as_posix()}",
        "Run `tradeops init monitoring`, or name the rule's uid in [tool.tradeops.monitoring].",
    )


def firing(trial: RuleTrial, names: Iterable[str], label: str = "bot") -> list[str]:
    """Those of the names that fire."""
    return [name for name in names if trial.is_firing(**{label: name})]
