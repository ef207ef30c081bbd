"""Real third-party servers, had from a remote, a container engine or a local process."""
