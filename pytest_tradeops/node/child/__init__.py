"""What runs in the child, on the subject's interpreter: it needs `nautilus_trader` and nothing of this package.

`__main__.py` is run by path and loads this folder as the package `tradeops_child`, so that neither the plugin nor the
names of its modules are on the subject's import path. Nothing here may import from outside of this folder.
"""
