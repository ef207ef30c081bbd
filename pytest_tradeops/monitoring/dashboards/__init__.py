"""Our dashboards, as code."""

from .classic import to_dict, to_json
from .claude import CLAUDE
from .connections import CONNECTIONS
from .drawdown import DRAWDOWN
from .error_rate import ERROR_RATE
from .latency import LATENCY
from .model import Dashboard, Panel, Step, Target, Variable
from .pnl import PNL
from .positions import POSITIONS
from .ralph import RALPH

DASHBOARDS: tuple[Dashboard, ...] = (
    PNL,
    DRAWDOWN,
    LATENCY,
    ERROR_RATE,
    POSITIONS,
    CONNECTIONS,
    CLAUDE,
    RALPH,
)

__all__ = ["DASHBOARDS", "Dashboard", "Panel", "Step", "Target", "Variable", "to_dict", "to_json"]
