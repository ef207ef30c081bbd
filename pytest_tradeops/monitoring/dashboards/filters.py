"""What the dashboards' queries have in common: the drop-downs, and the conditions that go with them."""

from .model import Step, Variable

#: The quiet notes under empty panels point at the first thing to look at.
NO_ROWS = "No rows in this time range: look at the dashboard Connections, then at `tradeops doctor`."


def chosen(*names: str) -> str:
    """The condition that the drop-downs of these columns make; rows without a value are there when All is chosen."""
    return " AND ".join(f"('*' IN (${name}) OR {name} IN (${name}))" for name in names)


def drop_down(name: str, table: str, label: str = "") -> Variable:
    """A drop-down of the values that the table has in that column."""
    sql = f"SELECT DISTINCT {name} FROM {table} WHERE {name} IS NOT NULL ORDER BY {name}"
    return Variable(name, label or name.capitalize(), sql)


def running(table: str) -> tuple[Variable, Variable]:
    """The drop-downs for bot and mode."""
    return drop_down("bot", table), drop_down("mode", table)


#: Drawdown, in percent: the same limits as the rules drawdown-warning and drawdown-critical.
DRAWDOWN_STEPS = (Step(5, "orange"), Step(10, "red"))
#: Errors per hundred orders: the limit of the rule error-rate.
ERROR_RATE_STEPS = (Step(1, "orange"),)
