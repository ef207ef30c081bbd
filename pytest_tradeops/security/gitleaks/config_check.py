"""Whether a subject's gitleaks configuration finds what a trading bot must not hold: by its rules and by trial."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ... import processes
from ...model import Finding
from . import CONFIG
from .allowlist import Config, read_config
from .provider import Binary
from .running import execute, plain, scan
from .samples import LOOK_ALIKES, SECRETS, Sample, corpus

REASON_MISSING = "gitleaks: config missing"
REASON_DEFAULTS = "gitleaks: default rules missing"
REASON_RULE = "gitleaks: rule not loaded"
REASON_RECALL = "gitleaks: recall below floor"
REASON_FALSE = "gitleaks: too many false positives"
RECALL = 0.95
FALSE_POSITIVES = 0.02
#: Any number would do; the same on every run, so that a failure can be looked into.
_SEED = 20_240_601
#: Rules that every gitleaks 8 has, should its own list not be legible.
_CORE = (
    "aws-access-token",
    "generic-api-key",
    "github-pat",
    "private-key",
    "slack-webhook-url",
    "telegram-bot-api-token",
)
_DEFAULT_RULE = re.compile(rb'^id = "([a-z0-9-]+)"\r?$', re.MULTILINE)
_NOT_FOUND = re.compile(r"Requested rule (\S+) not found")


@dataclass(frozen=True, slots=True)
class Trial:
    """What a configuration made of made-up samples.

    Attributes:
        missed: Kind to the number of secrets that were not reported; `false` likewise of look-alikes that were.
    """

    secrets: int
    look_alikes: int
    missed: dict[str, int]
    false: dict[str, int]

    @property
    def recall(self) -> float:
        return 1 - sum(self.missed.values()) / self.secrets

    @property
    def false_rate(self) -> float:
        return sum(self.false.values()) / self.look_alikes


@dataclass(frozen=True, slots=True)
class ConfigReport:
    """A configuration, looked at.

    Attributes:
        expected: Ids of rules that should be active: gitleaks' own and the configuration's.
        absent: Id of the first of them that gitleaks does not know; empty if it knows all.
    """

    config: Config
    defaults: frozenset[str]
    expected: frozenset[str]
    absent: str
    trial: Trial

    def facts(self, version: str) -> dict[str, object]:
        return {
            "gitleaks": version,
            "active rules": 0 if self.absent else len(self.expected),
            "rules of its own": len(self.config.rules),
            "disabled default rules": sorted(self.config.disabled),
            "recall": round(self.trial.recall, 3),
            "missed by kind": self.trial.missed,
            "false positives": round(self.trial.false_rate, 3),
        }


def look_at(binary: Binary, path: Path) -> ConfigReport:
    """Reads the configuration, has gitleaks name what it loads, and tries it on synthetic samples.

    Raises:
        Inconclusive: gitleaks cannot load it, or a scan cannot be trusted.
    """
    config = read_config(path)
    defaults = default_rules(binary.path)
    expected = (defaults | set(config.rules)) - set(config.disabled)
    samples = corpus(_SEED, SECRETS, True, 1) + corpus(_SEED, LOOK_ALIKES, False, 3)
    with processes.scratch("tradeops-gitleaks-") as place:
        absent = _absent(binary.path, path, sorted(expected))
        return ConfigReport(config, defaults, frozenset(expected), absent, try_out(binary, path, samples, place))


def findings(report: ConfigReport) -> list[Finding]:
    """What the configuration lacks; empty if all rules are active and both floors are kept."""
    found = []
    remedy = f"Begin {CONFIG} with [extend] and useDefault = true; `tradeops init config` writes one."
    if report.absent in report.defaults:  # asked of gitleaks: another file that this one extends may bring them
        found.append(Finding(REASON_DEFAULTS, "gitleaks' own rules are not loaded.", CONFIG, remedy))
    elif report.absent:
        found.append(Finding(REASON_RULE, f"gitleaks does not know the rule {report.absent}.", CONFIG, remedy))
    trial = report.trial
    if trial.recall < RECALL:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in trial.missed.items())
        found.append(
            Finding(
                REASON_RECALL,
                f"{trial.recall:.0%} of {trial.secrets} made-up secrets are found, not {RECALL:.0%}; missed: {kinds}.",
                CONFIG,
                "Add the rules of the exchanges: docs/secrets.md has them.",
            )
        )
    if trial.false_rate > FALSE_POSITIVES:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in trial.false.items())
        found.append(
            Finding(
                REASON_FALSE,
                f"{trial.false_rate:.0%} of {trial.look_alikes} look-alikes are reported: {kinds}.",
                CONFIG,
                "Ask for a word beside the value, as the rules in docs/secrets.md do.",
            )
        )
    return found


def default_rules(binary: Path) -> frozenset[str]:
    """Ids of the rules that are built into the binary, read out of it."""
    found = frozenset(one.decode() for one in _DEFAULT_RULE.findall(binary.read_bytes()))
    return found if found >= set(_CORE) else frozenset(_CORE)


def try_out(binary: Binary, config: Path, samples: Sequence[Sample], place: Path) -> Trial:
    """Scans one file per sample under `config`."""
    files = place / "samples"
    files.mkdir()
    named = {f"s{number:04}{one.suffix}": one for number, one in enumerate(samples)}
    for name, one in named.items():
        (files / name).write_text(one.text, encoding="utf-8")
    # From the configuration's own folder: it may extend another by a relative path.
    leaks = scan(binary.path, ["dir", str(files)], cwd=config.parent, scratch=place, config=config).leaks
    reported = {Path(leak.path).name for leak in leaks}
    missed = Counter(one.kind for name, one in named.items() if one.secret and name not in reported)
    false = Counter(one.kind for name, one in named.items() if not one.secret and name in reported)
    secrets = sum(one.secret for one in samples)
    return Trial(secrets, len(samples) - secrets, dict(sorted(missed.items())), dict(sorted(false.items())))


def _absent(binary: Path, config: Path, rules: Sequence[str]) -> str:
    """The first rule that gitleaks does not find when it is told to use these; empty if it has them all."""
    chosen = [part for rule in rules for part in ("--enable-rule", rule)]
    done = execute(
        binary,
        ["stdin", "--config", str(config), "--no-banner", "--no-color", *chosen],
        cwd=config.parent,
        timeout=60,
        stdin="-",
    )
    missing = _NOT_FOUND.search(plain(done.stderr))
    return missing[1] if missing else ""
