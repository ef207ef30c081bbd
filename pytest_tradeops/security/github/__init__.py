"""GitHub's REST API as far as checks ask it: reads only, and what cannot be read is inconclusive, never zero."""
