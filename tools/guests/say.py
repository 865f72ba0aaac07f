# SPDX-License-Identifier: Apache-2.0
"""What is said to the user: lines like those of make, and how far a long step is."""

import sys
import time

PERIOD = 0.2  # seconds between two looks at a step
MB = 1000000


class Failure(Exception):
    """What was expected and what was found; the program ends with it."""


def say(step, text):
    print(f"  {step:<7} {text}", flush=True)


def warn(text):
    print(f"warning: guests: {text}", file=sys.stderr, flush=True)


class Progress:
    """
    A step that may take a while. On a terminal its line is written again and again, with how
    much is done; elsewhere it is written once, at the start.
    """

    def __init__(self, step, text, total):
        self.line = f"  {step:<7} {text}"
        self.total = total
        self.terminal = sys.stdout.isatty()
        self.next = 0.0
        if not self.terminal:
            print(f"{self.line} ({self.size(total)})", flush=True)

    @staticmethod
    def size(count):
        return f"{count / MB:.1f} MB"

    def at(self, count):
        now = time.monotonic()
        if self.terminal and now >= self.next:
            self.next = now + PERIOD
            print(f"\r{self.line} ({self.size(count)} of {self.size(self.total)}) ", end="",
                  flush=True)

    def end(self):
        """Room is left by a longer line; the last one covers it."""
        if self.terminal:
            done = f"{self.line} ({self.size(self.total)})"
            print(f"\r{done}{' ' * 16}", flush=True)
