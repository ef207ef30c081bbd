"""`pytest --bench-gate` on pytest's side: what it refuses, shows and reports. The duet itself is `bench.duet`."""

#: The gate's options with a value of their own: they mean nothing without it, and the two halves do not know them.
VALUES = ("bench_base", "bench_budget", "bench_ir", "bench_summary", "bench_report", "bench_html")


def switch(option: str) -> str:
    """`bench_base` as it is written on a command line."""
    return f"--{option.replace('_', '-')}"
