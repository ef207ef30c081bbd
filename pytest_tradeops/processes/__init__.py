"""Child processes: run to an end within a deadline, or kept as services that die with their owner."""

from .child import Completed, run

__all__ = ["Completed", "run"]
