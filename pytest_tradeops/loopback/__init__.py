"""One kit for servers and proxies on loopback."""
