"""Options, markers and wiring."""
