"""A rule's queries and expressions, built into an order and executed: `expr` of Grafana, with its error messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...questdb_sql import QuestDbError, Result
from .. import intervals
from ..frames import FrameError, read
from ..rules.model import Query, Rule
from ..sql import MacroError, TimeRange, expand
from .expressions import Node, Variables, expression
from .semantics import Semantics
from .values import EvaluationError, Value, from_frames
from .virtual import at

type Run = Callable[[str], Result]


class Frozen(Exception):
    """The database did not answer: this evaluation does not end, and the state of the rule stays as it was."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps of a rule in an order in which each has what it needs."""

    nodes: tuple[Node, ...]

    def execute(self, now: int) -> Variables:
        """RefId to values, at this moment (nanoseconds).

        Raises:
            EvaluationError: a step failed.
            Frozen: the database did not answer.
        """
        variables: Variables = {}
        for node in self.nodes:
            variables[node.ref_id] = node.run(variables, now)
        return variables


def build(rule: Rule, run: Run, semantics: Semantics, datasources: Sequence[str] | None = None) -> Pipeline:
    """The pipeline of a rule.

    Args:
        run: Asks the database.
        datasources: The uids that there are; None: any.

    Raises:
        EvaluationError: Grafana would call the rule broken at its evaluation.
    """
    for one in rule.data:
        if not one.is_expression and datasources is not None and one.datasource not in datasources:
            raise EvaluationError(f"failed to build query '{one.ref_id}': data source not found")
    nodes: dict[str, Node] = {}
    for one in rule.data:
        if not one.datasource:
            raise EvaluationError(f"missing datasource uid in query with refId {one.ref_id}")
        nodes[one.ref_id] = expression(one, semantics) if one.is_expression else _Asks(one, run).node()
    _check_edges(nodes)
    ordered = _ordered(nodes)
    if rule.condition not in nodes:
        names = " ".join(node.ref_id for node in ordered)
        raise EvaluationError(f"condition {rule.condition} does not exist, must be one of [{names}]")
    return Pipeline(tuple(ordered))


def _check_edges(nodes: Mapping[str, Node]) -> None:
    for node in nodes.values():
        for name in node.needs:
            needed = nodes.get(name)
            if needed is None:
                raise EvaluationError(f"unable to find dependent node '{name}'")
            if needed is node:
                raise EvaluationError(
                    f"expression '{name}' cannot reference itself. Must be query or another expression"
                )
            if node.kind == "classic_conditions" and needed.kind:
                raise EvaluationError(
                    f"only data source queries may be inputs to a classic condition, {name} is a Expression"
                )
            if needed.kind == "classic_conditions":
                raise EvaluationError(
                    f"classic conditions may not be the input for other expressions, but {name} is the input for "
                    f"{node.ref_id}"
                )


def _ordered(nodes: Mapping[str, Node]) -> list[Node]:
    left, done = dict(nodes), list[Node]()
    while left:
        ready = [node for node in left.values() if not any(name in left for name in node.needs)]
        if not ready:
            raise EvaluationError(f"topo: no topological ordering: cyclic components: [[{' '.join(sorted(left))}]]")
        for node in ready:
            done.append(left.pop(node.ref_id))
    return done


@dataclass(frozen=True, slots=True)
class _Asks:
    """A query to the database."""

    query: Query
    run: Run

    def node(self) -> Node:
        return Node(self.query.ref_id, (), self.execute)

    def execute(self, _: Variables, now: int) -> list[Value]:
        query = self.query
        if not query.sql:
            return []  # Grafana asks nothing, and has no data
        start, end = (now - int(one * 10**9) for one in query.span)
        interval = intervals.calculate(start, end, min_ms=query.interval_ms, max_points=query.max_points)
        try:
            sql = expand(query.sql, TimeRange(start, end), interval)
            frames = read(self.run(at(sql, now)), query.model.get("format", "time_series"))
        except (MacroError, FrameError) as error:
            raise self._failed(error.message) from None
        except QuestDbError as error:
            if error.kind == "timeout":
                raise Frozen from error
            reason = f"pq: {error.message}" if error.kind == "rejected" else _UNREACHABLE
            raise self._failed(f"db query error: {reason}") from None
        return from_frames(frames)

    def _failed(self, message: str) -> EvaluationError:
        return EvaluationError(f"failed to execute query {self.query.ref_id}: {message}", ref_id=self.query.ref_id)


_UNREACHABLE = "failed to connect to server - please inspect Grafana server log for details"
