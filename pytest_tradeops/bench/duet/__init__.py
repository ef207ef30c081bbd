"""The benchmark gate: two code trees, run against each other in fresh process pairs, and a sequential sign test."""
