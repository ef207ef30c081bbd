"""`pytest --bench-gate` on pytest's side: what it refuses, shows and reports. The duet itself is `bench.duet`."""
