"""One module per verb of `tradeops`: each adds its parser, and calls one domain function."""
