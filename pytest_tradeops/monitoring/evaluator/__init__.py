"""Grafana's alert rules evaluated on a virtual clock over a real QuestDB: unit tests for rules, without a Grafana.

It is no Grafana. What it does was compared with recordings of Grafana 9.4-pre; newer behaviour is by documentation.
"""

from .engine import Evaluator, InstanceView, RuleView
from .replay import replay

__all__ = ["Evaluator", "InstanceView", "RuleView", "replay"]
