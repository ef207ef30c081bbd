"""Options for the many runs of pytest that tests start."""

#: Plugins that only cost such a run its start: Hypothesis alone is half of what starting pytest costs.
LEAN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:benchmark")
