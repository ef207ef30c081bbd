"""Everything that the lint can find, by name."""

from ..finding import Kind
from .conditions import CONDITIONS
from .dashboards import DASHBOARDS
from .files import FILES
from .queries import QUERIES
from .routing import ROUTING
from .rules import RULES

KINDS: dict[str, Kind] = {kind.name: kind for kind in (*FILES, *DASHBOARDS, *QUERIES, *RULES, *CONDITIONS, *ROUTING)}
