"""Dashboards, alert rules and contact points as code, and what proves that they work."""
