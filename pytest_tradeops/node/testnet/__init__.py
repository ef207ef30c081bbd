"""The exchanges' testnets, called with the team's own keys: an account is read, a small order placed and cancelled."""
