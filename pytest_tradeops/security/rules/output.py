"""T111: what is printed reaches no log file, carries no time, and waits for whoever reads the pipe."""

import ast

from .code import Code
from .names import dotted
from .rule import rule

_PRINTS = frozenset({"pprint.pprint", "pprint.pp", "sys.stdout.write", "sys.stderr.write", "rich.print"})


@rule("T111", "Call", severity="LOW", confidence="HIGH", cwe=710)
def print_in_strategy(node: ast.Call) -> str | None:
    """`print` and its like in a Strategy or Actor."""
    code = Code.around(node)
    if dotted(node.func) != "print" and code.imports.full(node.func) not in _PRINTS:
        return None
    if code.strategy(node) is None:
        return None
    return f"{dotted(node.func)} writes past the log: use self.log.info, which carries the component and its clock."
