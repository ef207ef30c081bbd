"""What `tradeops init` and `tradeops new check` write."""
