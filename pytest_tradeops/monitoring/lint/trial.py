"""Evaluates a rule on synthetic rows, with the evaluator's semantics, on tables of our own."""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ...questdb_sql import QuestDbError, Result
from ..evaluator.outcomes import Outcome, judge
from ..evaluator.pipeline import Frozen, Pipeline, build
from ..evaluator.semantics import DOCUMENTED, MEASURED
from ..evaluator.values import EvaluationError, Number
from ..rules import model
from .expressions import comparisons, constants
from .macros import plugin_text
from .material import Query, Rule, text
from .results import kind_of
from .rows import Filters, Recipe, filters, rows
from .scratch import Scratch, Shape
from .sqltext import first_statement, named_tables
from .units import column_unit

#: What Grafana 9.4 does, with the operators and reducers that newer versions have as well.
_SEMANTICS = dataclasses.replace(MEASURED, thresholds=DOCUMENTED.thresholds, reducers=DOCUMENTED.reducers)
_DUPLICATE = "cannot uniquely be identified"

type State = Literal["fires", "normal", "no data", "error", "frozen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One evaluation.

    Attributes:
        nan: A NaN was what fired.
        values: What the condition's comparison looked at.
    """

    state: State
    nan: bool = False
    duplicate: bool = False
    values: tuple[float, ...] = ()
    error: str = ""


class Trial:
    """A rule and the tables it reads.

    Attributes:
        shapes: Tables that can be filled.
        thresholds: Numbers that the rule compares with.
    """

    def __init__(self, rule: Rule, scratch: Scratch) -> None:
        self.rule = rule
        self._scratch = scratch
        self.schema = scratch.schema
        self._outputs: dict[str, tuple[str, ...]] = {}
        self._asked = 0
        self.sqls = [node.query.sql for node in rule.nodes if node.query is not None]
        named = [one.name for sql in self.sqls for one in named_tables(first_statement(sql))]
        found = [scratch.shape(name) for name in dict.fromkeys(one.lower() for one in named)]
        self.shapes: list[Shape] = [one for one in found if one is not None]
        self.fillable = bool(self.shapes) and all(one is not None and one.fillable and one.timestamp for one in found)
        sizes = {
            name
            for shape in self.shapes
            for name in shape.columns
            if column_unit(name, [shape.name], scratch.schema) is not None
        }
        self.filters: Filters = filters(self.sqls, frozenset(sizes))
        self.thresholds = [number for node in rule.chain() if node.is_expression for number in constants(node)]
        self.looked_at = next(
            (one.ref for node in rule.chain() if node.is_expression for one in comparisons(node)),
            text(rule.value.get("condition")),
        )
        self._model = _model(rule)

    def outputs(self, query: Query) -> tuple[str, ...]:
        """Names of the numeric columns that a query answered."""
        return self._outputs.get(query.sql, ())

    def numeric(self) -> dict[str, None]:
        """Numeric columns that the SQL mentions, in the tables' order."""
        return {
            name: None
            for shape in self.shapes
            for name, type_ in shape.columns.items()
            if kind_of(type_) == "number" and name.lower() in self.filters.mentioned
        }

    def run(self, recipes: Iterable[tuple[Shape, Recipe]], now: int) -> Seen:
        """Fills the tables and evaluates; tables without a recipe are empty."""
        for shape in self.shapes:
            self._scratch.truncate(shape.name)
        for shape, recipe in recipes:
            made = list(rows(shape, self.filters, recipe, now))
            if recipe.copies > 1:
                for row in made[:1]:
                    self._scratch.copy(shape.name, row, recipe.copies)
            else:
                self._scratch.fill(shape.name, made)
        return self.evaluate(now)

    def evaluate(self, now: int) -> Seen:
        """On the rows that are there."""
        try:
            pipeline = self._pipeline(now)
            variables = pipeline.execute(now)
            outcomes = judge(self._model, variables)
        except EvaluationError as error:
            return Seen("error", duplicate=_DUPLICATE in error.message, error=error.message)
        except Frozen:
            return Seen("frozen")
        values = tuple(
            one.value for one in variables.get(self.looked_at, ()) if isinstance(one, Number) and one.value is not None
        )
        verdicts = [one.verdict for one in outcomes]
        if "Error" in verdicts:
            said = next((one.error.message for one in outcomes if one.error is not None), "")
            return Seen("error", duplicate=_DUPLICATE in said, error=said)
        if "Alerting" in verdicts:
            nan = any(math.isnan(value) for value in values) and not _fires_without_nan(outcomes, values)
            return Seen("fires", nan=nan, values=values)
        return Seen("no data" if not outcomes or set(verdicts) == {"NoData"} else "normal", values=values)

    def _pipeline(self, now: int) -> Pipeline:
        given = self._model
        self._asked = 0
        if any(node.query is not None and node.query.plugin for node in self.rule.nodes):
            given = dataclasses.replace(given, data=tuple(_plain(one, now) for one in given.data))
        return build(given, self._ask, _SEMANTICS)

    def _ask(self, sql: str) -> Result:
        try:
            answer = self._scratch.sql(first_statement(sql))
        except QuestDbError as error:
            if error.kind == "unreachable":
                raise
            raise QuestDbError(self._scratch.plain(error.message), kind=error.kind) from None
        # Queries are told apart by their number: their text has the moment in it.
        if self._asked < len(self.sqls):
            names = tuple(one.name for one in answer.columns if kind_of(one.type) == "number")
            self._outputs[self.sqls[self._asked]] = names
            self._asked += 1
        return answer


def _fires_without_nan(outcomes: Sequence[Outcome], values: tuple[float, ...]) -> bool:
    """More instances fire than there are NaNs."""
    firing = sum(one.verdict == "Alerting" for one in outcomes)
    return firing > sum(1 for value in values if math.isnan(value))


def _model(rule: Rule) -> model.Rule:
    data = tuple(
        model.Query(
            node.ref,
            node.source or "questdb",
            node.model,
            node.query.span_s or (0.0, 0.0) if node.query else (0.0, 0.0),
        )
        for node in rule.nodes
    )
    return model.Rule(rule.uid, rule.title, text(rule.value.get("condition")), data)


def _plain(query: model.Query, now: int) -> model.Query:
    """A query of QuestDB's own data source as one of PostgreSQL's."""
    if query.is_expression:
        return query
    start, end = (now - int(one * 10**9) for one in query.span)
    form = "time_series" if query.model.get("format") in (0, None) else "table"
    sql = plugin_text(query.sql, start, end)
    return dataclasses.replace(query, model={**query.model, "rawSql": sql, "format": form})
