"""`tradeops venue`: a simulated exchange on this machine, and the replay of what happened at one."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .context import Context, Verbs, add_format, add_verb, say, say_json, table

_FACES = "binance-spot, binance-futures, bybit"


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "venue", "Serve simulated exchanges, replay what happened at one")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    serve = add_verb(
        actions,
        [common],
        "serve",
        "Serve simulated exchanges on 127.0.0.1 until Ctrl-C or SIGTERM",
        description="Any client of these exchanges can use them: change its URLs and its keys. With --format json one "
        "line of JSON is printed once everything answers.",
    )
    serve.add_argument("--faces", default="", metavar="A,B", help=f"Default: {_FACES}")
    serve.add_argument("--state", type=Path, metavar="DIR", help="Goes on where a venue left it (default: a new one)")
    serve.add_argument("--seed", type=_seed, metavar="N", help="Of the market (default: that of DIR, or a random one)")
    serve.add_argument("--port-base", type=_port, metavar="N", help="Ports N to N+3 (default: those of DIR, or free)")
    serve.add_argument("--no-limits", action="store_true", help="Count requests, but refuse none for their number")
    serve.add_argument(
        "--retired-endpoints",
        action="store_true",
        help="Also what Binance Spot has switched off: listen keys over REST and their sockets, the !ticker@arr stream",
    )
    add_format(serve)
    serve.set_defaults(run=_serve)
    replay = add_verb(
        actions,
        [common],
        "replay",
        "Run a journal's commands again from its seed, and compare every event",
        description="Prints what happened, line by line. Exit 1 if the engine does something else than it did then.",
    )
    replay.add_argument("journal", type=Path, metavar="JOURNAL", help="DIR/FACE.jsonl of a venue's state directory")
    replay.add_argument("--quiet", action="store_true", help="Only compare")
    add_format(replay)
    replay.set_defaults(run=_replay)


def _serve(_: Context, options: argparse.Namespace) -> int:
    from ..venue.serving import serve

    state = options.state or Path(tempfile.mkdtemp(prefix="tradeops-venue-"))
    names = [name.strip() for name in options.faces.split(",") if name.strip()]
    ready: Callable[[dict[str, Any]], None] = _say_json if options.format == "json" else _say_ready
    serve(
        state,
        names,
        ready,
        seed=options.seed,
        port_base=options.port_base,
        limits=not options.no_limits,
        retired=options.retired_endpoints,
    )
    return 0


def _say_json(about: dict[str, Any]) -> None:
    """One line, so that whoever reads the pipe knows when it is whole."""
    say(json.dumps(about))
    sys.stdout.flush()


def _say_ready(about: dict[str, Any]) -> None:
    rows = [("FACE", "", "ADDRESS")]
    for face, urls in about["faces"].items():
        rows += [(face if number == 0 else "", name, url) for number, (name, url) in enumerate(urls.items())]
    say(table(rows))
    say()
    keys = [("FACE", "KEY", "MAY", "TYPE", "API KEY")]
    for one in about["accounts"]:
        keys.append((one["face"], one["name"], ", ".join(one["permissions"]), one["key_type"], one["api_key"]))
    say(table(keys))
    state = about["state"]
    say(f"\nSecrets  {Path(state) / 'keys.json'}")
    say(f"Journals {Path(state) / 'FACE.jsonl'}   (seed {about['seed']})")
    say(f"Page     {about['control']}/")
    say("Ctrl-C ends it.")
    sys.stdout.flush()


def _replay(_: Context, options: argparse.Namespace) -> int:
    from ..venue.replay import describe, replay

    start: list[int] = []
    shown: list[dict[str, Any]] = []

    def each(line: Any) -> None:
        if not start:
            start.append(line.time_ns)
        words = "" if options.quiet else describe(line)
        if not words:
            return
        seconds = (line.time_ns - start[0]) / 1e9
        if options.format == "json":
            shown.append({"line": line.number, "seconds": seconds, "kind": line.kind, "text": words.strip()})
        else:
            say(f"{seconds:12.3f}  {words}")

    found = replay(options.journal, each)
    divergence = found.divergence
    if options.format == "json":
        about = {"line": divergence.line, "what": divergence.what} if divergence else None
        both = {"written": divergence.written, "replayed": divergence.replayed} if divergence else {}
        say_json(
            {
                "journal": str(options.journal),
                "face": found.header.face,
                "seed": found.header.seed,
                "commands": found.commands,
                "events": found.events,
                "ended": found.ended,
                "divergence": {**about, **both} if about else None,
                "timeline": shown,
            }
        )
    elif divergence:
        say(f"\nDIVERGED at line {divergence.line}: {divergence.what}")
        say(f"  written   {json.dumps(divergence.written)}")
        say(f"  replayed  {json.dumps(divergence.replayed)}")
    else:
        killed = "" if found.ended else " Its venue was killed, or still runs."
        say(f"{found.commands} commands and {found.events} events came out as they were written.{killed}")
    return 1 if divergence else 0


def _seed(text: str) -> int:
    return _whole(text, 0, (1 << 53) - 1)


def _port(text: str) -> int:
    return _whole(text, 1, 65_535 - 3)


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
    return int(text)
