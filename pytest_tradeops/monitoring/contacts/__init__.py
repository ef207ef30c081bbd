"""Where alerts go: contact points, the policy tree, and the requests that Grafana sends to Telegram and Discord."""
