"""Small, exactly known histories: the rows that a bot would have written, and what they amount to, worked out apart."""
