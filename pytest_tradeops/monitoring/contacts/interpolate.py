"""Environment variables in provisioning files, as Grafana puts them in: `$NAME`, `${NAME}`, `$__env{NAME}`, `$$`."""

import re
from collections.abc import Mapping
from typing import Any

# Grafana splits at `$$` first, asks its own expander, and leaves the rest to Go's os.ExpandEnv. There `$` and a
# single digit or punctuation mark is a shell variable, which no environment has.
_VARIABLE = re.compile(
    r"\$__env\{(?P<env>[^}]*)\}|\$__file\{(?P<file>[^}]*)\}|\$\{(?P<braced>[^}]*)\}|\$(?P<plain>[A-Za-z_]\w*|[*#$@!?\-0-9])"
)


def variables(value: Any) -> tuple[str, ...]:
    """The names of the environment variables in a value of a provisioning file, in order, lists and tables included."""
    if isinstance(value, str):
        found = (match for part in value.split("$$") for match in _VARIABLE.finditer(part))
        names = (match["env"] or match["braced"] or match["plain"] or "" for match in found)
        return tuple(name.strip() for name in names if name)
    if isinstance(value, Mapping):
        return tuple(name for item in value.values() for name in variables(item))
    if isinstance(value, list | tuple):
        return tuple(name for item in value for name in variables(item))
    return ()


def interpolated(value: Any, environ: Mapping[str, str]) -> Any:
    """The value as Grafana uses it. A variable that is not set becomes nothing; texts stay texts, keys are left alone.

    `$__file{...}` is left as it is: what lies in a file on the server is not known here.
    """
    if isinstance(value, str):
        return "$".join(_VARIABLE.sub(lambda match: _put(match, environ), part) for part in value.split("$$"))
    if isinstance(value, Mapping):
        return {name: interpolated(item, environ) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [interpolated(item, environ) for item in value]
    return value


def _put(match: re.Match[str], environ: Mapping[str, str]) -> str:
    if match["file"] is not None:
        return match[0]
    return environ.get((match["env"] or match["braced"] or match["plain"] or "").strip(), "")
