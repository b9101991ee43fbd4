"""`python -m router.cli`, the same as `escalation-router`."""

from router.cli import main

if __name__ == "__main__":
    main()
