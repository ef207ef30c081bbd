"""A bot that is killed: writes rows without end, and says after each lot how many are safe. Run by test_sink_killed."""

import sys
import time

from pytest_tradeops.telemetry.sink import Sink, SinkConfig


def main(spool: str, conf: str, prefix: str) -> None:
    sink = Sink(SinkConfig(bot="BOT-1", spool=spool, conf=conf, prefix=prefix))
    sink.start()
    number = 0
    begin = time.time_ns()
    while True:
        for _ in range(20):
            sink.put("heartbeats", begin + number * 1_000, {"bot": "b", "component": "c", "queued": number})
            number += 1
        if number % 200 == 0 and sink.drain(30):
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
        time.sleep(0.002)


main(*sys.argv[1:])
