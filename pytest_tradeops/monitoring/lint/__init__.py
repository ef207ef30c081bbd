"""The static validator for anybody's dashboards, alert rules, contact points and data sources of Grafana on QuestDB."""

from .engine import lint
from .finding import Kind, LintFinding, Report
from .kinds import KINDS

__all__ = ["KINDS", "Kind", "LintFinding", "Report", "lint"]
