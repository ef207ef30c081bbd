"""Executable pre-staging checklists for NautilusTrader bots. Imports nothing: loading the plugin must stay cheap."""
