"""A psycopg connection with a deadline: the driver itself waits for ever for a server that says nothing."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...exceptions import Inconclusive
from ...questdb_sql import QuestDbError

if TYPE_CHECKING:
    import psycopg


@contextlib.contextmanager
def connect(dsn: str, *, timeout: float) -> "Iterator[psycopg.Connection[Any]]":
    """An autocommitting connection; after `timeout` seconds, whatever it waits for ends.

    Raises:
        QuestDbError: unreachable, refused, or the time is over.
        Inconclusive: psycopg is not installed.
    """
    try:
        import psycopg
    except ImportError:
        remedy = "Run `pip install 'pytest-tradeops[services]'`."
        raise Inconclusive("psycopg is not installed.", remedy=remedy) from None
    over = threading.Event()
    try:
        # Whole seconds, at least 2, is the driver's own rule.
        connection = psycopg.connect(dsn, connect_timeout=max(2, round(timeout)), autocommit=True)
    except psycopg.errors.ConnectionTimeout:
        raise QuestDbError(f"No answer on the PG side within {timeout:g} s.", kind="timeout") from None
    except psycopg.OperationalError as error:
        raise QuestDbError(f"Not reachable on the PG side: {_first_line(error)}.", kind="unreachable") from None
    with contextlib.closing(connection):
        # A duplicate: the driver closes its own, and the number could be somebody else's by then.
        own = socket.socket(fileno=os.dup(connection.fileno()))
        timer = threading.Timer(timeout, _cut, (own, over))
        timer.daemon = True
        timer.start()
        try:
            yield connection
        except psycopg.Error as error:
            if over.is_set():
                raise QuestDbError(f"No answer on the PG side within {timeout:g} s.", kind="timeout") from None
            kind = "unreachable" if connection.closed else "rejected"
            raise QuestDbError(_first_line(error), kind=kind) from None
        finally:
            timer.cancel()
            own.close()


def _cut(connected: socket.socket, over: threading.Event) -> None:
    over.set()
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else type(error).__name__
