"""`python -m pytest_tradeops`, the same as `tradeops`."""

import sys

from .cli import main

sys.exit(main())
