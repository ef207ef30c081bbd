"""Trading rules as bandit plugins: `bandit` uses them wherever pytest-tradeops is installed.

Each module holds one rule or a few of one family. They need bandit and the standard library and nothing else, because
bandit loads them also where nobody runs pytest: in an editor, in a pre-commit hook.
"""
