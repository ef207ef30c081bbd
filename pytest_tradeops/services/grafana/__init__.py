"""A real Grafana: how it is had, what is put into a folder of our own there, and how all of that is taken away."""
