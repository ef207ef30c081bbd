"""What the checks of dashboards do: run a dashboard's own queries on a known history, and compare."""
