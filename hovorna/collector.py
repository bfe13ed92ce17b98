"""Python's garbage collector in a program that must answer a ringing phone.

A full collection looks at every object while nothing else runs: 130 ms at a time with all that was
imported and wired, several times a minute at 20 calls a second, each of them a screen pop too late.
What is there once the program has started stays until its end, so it need not be looked at again.
"""

import gc


def spare_the_collector() -> None:
    """Call it once, when the program has started: leaves what is there out of collections."""
    gc.collect()
    gc.freeze()
