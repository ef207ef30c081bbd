"""Strict loopback stand-ins for services that cannot be run here. A stand-in never lifts a grade above `embedded`."""
