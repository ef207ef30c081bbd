"""The campaign behind the promise of `--bench-gate`: `make bench-campaign`."""
