"""Alert rules: Grafana's provisioning files parsed, and our own rules as code."""

from .model import Query, Rule, RuleError, RuleGroup, parse_rules

__all__ = ["Query", "Rule", "RuleError", "RuleGroup", "parse_rules"]
