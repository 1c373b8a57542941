"""All measurements one after the other: ``python -m bench``, or some of them by name."""

import sys
from importlib import import_module

ALL = ("kubernetes_decode", "check_cost", "dns_bulk", "web_bulk", "whole_gate")


def main() -> None:
    """Run the named measurements, or all."""
    for name in sys.argv[1:] or ALL:
        import_module(f"bench.{name}").main()
        print()


if __name__ == "__main__":
    main()
