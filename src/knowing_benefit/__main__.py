"""``python -m knowing_benefit`` is ``course``."""

from knowing_benefit.cli import main

main()
