"""T101: what waits inside of a handler stops the event loop, and with it data, orders and the risk engine."""

import ast

from .code import Class, Code
from .flow import locals_of, outermost
from .names import dotted, is_constant, keyword, last, on_self, words
from .rule import rule

_CALLS = words(
    """time.sleep input os.system os.popen os.wait os.waitpid select.select
    subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.getoutput
    subprocess.getstatusoutput urllib.request.urlopen urllib.request.urlretrieve socket.create_connection
    sqlite3.connect psycopg.connect psycopg2.connect psycopg.Connection.connect pymysql.connect MySQLdb.connect
    duckdb.connect pyodbc.connect oracledb.connect asyncio.run concurrent.futures.wait ntplib.NTPClient().request
    smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP paramiko.SSHClient().connect
    pandas.read_sql pandas.read_sql_query pandas.read_sql_table"""
)
_HTTP = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "stream"})
#: What an object of this kind does waits, whichever method is called; `None` stands for all of them.
_CLIENTS: dict[str, frozenset[str] | None] = {
    "requests.Session": _HTTP,
    "requests.session": _HTTP,
    "httpx.Client": _HTTP,
    "urllib3.PoolManager": frozenset({"request", "urlopen"}),
    "http.client.HTTPConnection": frozenset({"request", "getresponse", "connect"}),
    "http.client.HTTPSConnection": frozenset({"request", "getresponse", "connect"}),
    "socket.socket": frozenset({"connect", "recv", "recv_into", "send", "sendall", "accept"}),
    "redis.Redis": None,
    "redis.StrictRedis": None,
    "redis.from_url": None,
    "pymongo.MongoClient": None,
    "sqlite3.connect": frozenset({"execute", "executemany", "executescript", "commit"}),
    "psycopg.connect": frozenset({"execute", "commit"}),
    "psycopg2.connect": frozenset({"commit"}),
    "threading.Event": frozenset({"wait"}),
    "threading.Thread": frozenset({"join"}),
    "threading.Condition": frozenset({"wait", "wait_for"}),
    "multiprocessing.Process": frozenset({"join"}),
    "subprocess.Popen": frozenset({"wait", "communicate"}),
    "queue.Queue": frozenset({"get", "join"}),
    "queue.SimpleQueue": frozenset({"get"}),
    "queue.PriorityQueue": frozenset({"get", "join"}),
    "asyncio.new_event_loop": frozenset({"run_until_complete", "run_forever"}),
    "asyncio.get_event_loop": frozenset({"run_until_complete", "run_forever"}),
}
_CCXT = ("fetch", "create", "cancel", "edit", "load")
_FUTURES = frozenset({"submit", "run_coroutine_threadsafe"})


@rule("T101", "Call", severity="MEDIUM", confidence="HIGH", cwe=400)
def blocking_call_in_handler(node: ast.Call) -> str | None:
    """A call that waits, in `on_...` of a Strategy or Actor or in what such a handler calls in the same file."""
    if not last(node.func) and not isinstance(node.func, ast.Name):
        return None
    function = outermost(node)
    code = Code.around(node)
    handler = code.in_handlers.get(id(function)) if function is not None else None
    if handler is None:
        return None
    what = _waits(node, code, code.strategy(node), function)
    if not what:
        return None
    return (
        f"{what} blocks the event loop in {handler}: set a timer on self.clock, or hand the work to"
        " self.run_in_executor and read its result in a later event."
    )


def _waits(node: ast.Call, code: Code, strategy: Class | None, function: ast.AST | None) -> str:
    """What waits, as written; empty for anything else."""
    full = code.imports.full(node.func)
    root, _, method = full.rpartition(".")
    if full in _CALLS or dotted(node.func) == "input" or (root in ("requests", "httpx") and method in _HTTP):
        return dotted(node.func)
    if not isinstance(node.func, ast.Attribute) or _does_not_wait(node):
        return ""
    receiver, method = node.func.value, node.func.attr
    for origin in _origins(receiver, strategy, function):
        if method == "result" and last(origin.func) in _FUTURES:
            return f"{dotted(node.func)} of a future"
        made = code.imports.full(origin.func)
        known = _CLIENTS.get(made, frozenset()) if made else frozenset[str]()
        if known is None or method in known:
            return f"{made}().{method}"
        if made.startswith("ccxt.") and made.count(".") == 1 and method.startswith(_CCXT):
            return f"{made}().{method}"
    return ""


def _does_not_wait(node: ast.Call) -> bool:
    blocking = keyword(node, "block", "blocking")
    return is_constant(blocking, False) or (bool(node.args) and is_constant(node.args[0], False))


def _origins(receiver: ast.expr, strategy: Class | None, function: ast.AST | None) -> list[ast.Call]:
    """The calls that the receiver may have come from: itself, or what a name or an attribute of self was given."""
    values = [receiver]
    if on_self(receiver):
        values = strategy.bound.get(on_self(receiver), []) if strategy is not None else []
    elif isinstance(receiver, ast.Name):
        values = locals_of(function).get(receiver.id, [])
    return [value for value in values if isinstance(value, ast.Call)]
