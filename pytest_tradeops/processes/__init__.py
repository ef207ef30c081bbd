"""Child processes: run to an end within a deadline, or kept as services that die with their owner."""

from .child import Completed, run, running, scratch
from .registry import Removed, cache_folder, memory_folder, prune, runtime_folder
from .service import Service, Spec, start, stop_detached
from .uv import find_uv

__all__ = [
    "Completed",
    "Removed",
    "Service",
    "Spec",
    "cache_folder",
    "find_uv",
    "memory_folder",
    "prune",
    "run",
    "running",
    "runtime_folder",
    "scratch",
    "start",
    "stop_detached",
]
