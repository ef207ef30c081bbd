"""Reads what a project writes about itself, and compares it with what is there."""
