"""T110: a backtest that nobody can repeat proves nothing."""

import ast

from .code import Code
from .flow import outermost
from .names import dotted, words
from .rule import rule

_DRAWS = words(
    """random randint randrange uniform choice choices sample shuffle gauss normalvariate expovariate triangular
    betavariate lognormvariate"""
)
_NUMPY = words(
    """rand randn randint random random_sample choice normal uniform shuffle permutation poisson exponential"""
)
_GENERATORS = frozenset({"random.Random", "numpy.random.default_rng", "numpy.random.RandomState"})


@rule("T110", "Call", severity="LOW", confidence="HIGH", cwe=710)
def unseeded_chance(node: ast.Call) -> str | None:
    """Random numbers in a Strategy or Actor whose seed nobody gave."""
    code = Code.around(node)
    full = code.imports.full(node.func)
    library, _, name = full.rpartition(".")
    if full in _GENERATORS:
        draws = not node.args and not node.keywords
    else:
        draws = (library == "random" and name in _DRAWS) or (library == "numpy.random" and name in _NUMPY)
        draws = draws and not _is_seeded(code, library)
    function = outermost(node)
    if not draws or (code.strategy(node) is None and (function is None or id(function) not in code.in_methods)):
        return None
    return (
        f"{dotted(node.func)} draws without a seed, so that no backtest can be repeated: keep a"
        " random.Random(config.seed) of the strategy's own and draw from it."
    )


def _is_seeded(code: Code, library: str) -> bool:
    return any(
        code.imports.full(node.func) == f"{library}.seed" and bool(node.args)
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Call)
    )
