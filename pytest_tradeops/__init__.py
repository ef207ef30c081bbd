"""Executable pre-staging checklists for NautilusTrader bots. Imports nothing, so that loading the plugin stays cheap."""
