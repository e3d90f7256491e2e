# A scenario: numbered steps that say what they see, figures, and an outcome.
# SPDX-License-Identifier: Apache-2.0
import contextlib
import math
import time
import traceback

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


def percentile(values, share):
    """The nearest rank: at least that share of the values is no larger."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Scenario:
    """What one scenario found; `name` is for people."""

    def __init__(self, name):
        self.name = name
        self.outcome = NOT_RUN
        self.reason = ""
        self.seconds = 0.0
        self.steps = []
        self.figures = {}

    def perform(self, act):
        """Calls `act(self)`; what it throws is a failure of this scenario only."""
        print(f"\n{self.name}", flush=True)
        began = time.monotonic()
        try:
            act(self)
            self.outcome = PASSED
        except Exception as failure:  # whatever it was, the other scenarios go on
            self.outcome, self.reason = FAILED, f"{type(failure).__name__}: {failure}"
            traceback.print_exc()
        self.seconds = round(time.monotonic() - began, 1)

    def leave_out(self, reason):
        self.reason = reason
        print(f"\n{self.name}\n  not run: {reason}", flush=True)

    @contextlib.contextmanager
    def step(self, text):
        began = time.monotonic()
        step = {"text": text, "passed": False}
        self.steps.append(step)
        yield
        step["passed"] = True
        step["seconds"] = round(time.monotonic() - began, 2)
        print(f"  {step['seconds']:6.2f} s  {text}", flush=True)

    def measure(self, name, seconds):
        """Keeps and prints what a list of durations says."""
        found = {"count": len(seconds)}
        for word, share in (("p50_ms", 0.5), ("p99_ms", 0.99), ("max_ms", 1.0)):
            found[word] = round(percentile(seconds, share) * 1000, 1)
        self.figures[name] = found
        print(f"            {name}: {found['count']} times, p50 {found['p50_ms']} ms, "
              f"p99 {found['p99_ms']} ms, at most {found['max_ms']} ms", flush=True)
        return found

    def as_json(self):
        return {"name": self.name, "outcome": self.outcome, "reason": self.reason,
                "seconds": self.seconds, "steps": self.steps, "figures": self.figures}


def expect(is_so, text):
    if not is_so:
        raise AssertionError(text)


def expect_equal(found, wanted, what):
    expect(found == wanted, f"{what}: {found!r}, not {wanted!r}")
