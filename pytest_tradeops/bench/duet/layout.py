"""One layout of memory for both processes of a pair, and another one for each pair.

Where code, stack and objects lie decides how caches and branch predictors serve them: equal programs differ by some
percent, and one in thirty by more than a tenth, for as long as they run. Linux places them by chance. Without that, two
processes that start alike lie alike; and where they lie follows the limit of the stack, above which mappings begin, and
the length of the environment, which lies on the stack. One layout for ever would be one draw of that chance.
"""

import functools
import platform
import shutil
from pathlib import Path

from ... import processes

#: Bytes. A smaller limit of the stack places mappings as this one does.
_LEAST_STACK = 128 * 2**20
_PAGE, _PLACES = 4096, 8192
#: As `prlimit` is told, the largest that a seed may ask for: one that is permitted stands for all.
_STACK = f"--stack={_LEAST_STACK + _PAGE * (_PLACES - 1)}:"
#: Bytes by which the stack is aligned anyway, and how many of them make a page.
_ALIGNED = 16


def launcher(seed: int) -> tuple[str, ...]:
    """What a command is started by; nothing where the system does not permit it, as in some containers."""
    stack = f"--stack={_LEAST_STACK + _PAGE * (seed % _PLACES)}:"
    return tuple(stack if word == _STACK else word for word in _permitted())


def padding(seed: int) -> str:
    """The text by which the environment grows."""
    return "." * (_ALIGNED * (seed // _PLACES % (_PAGE // _ALIGNED)))


@functools.cache
def _permitted() -> tuple[str, ...]:
    limit, fixed = shutil.which("prlimit"), shutil.which("setarch")
    plain = (fixed, platform.machine(), "-R") if fixed else None
    whole = (limit, _STACK, *plain) if limit and plain else None
    for command in filter(None, (whole, plain)):
        if processes.run([*command, "true"], cwd=Path.cwd(), timeout=10).code == 0:
            return command
    return ()
