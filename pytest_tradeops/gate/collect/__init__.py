"""From raw phases, reported by any process in any order, to what is known of each check."""
