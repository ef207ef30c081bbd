"""A traded script whose metrics are compared with what the venue has written down: profit, latency, positions, errors.

What is compared here are rows and the venue's books; who wrote the rows, and into which database, is not looked at.
"""
