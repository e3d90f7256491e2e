# What the servers acknowledged, a line of JSON each, written down before anything else happens; and
# how the asking went.
# SPDX-License-Identifier: Apache-2.0
import collections
import json
import threading

from patience import now


class Journal:
    """Any thread."""

    def __init__(self, file):
        self.file = file
        self.stream = open(file, "w", encoding="utf-8", buffering=1)
        self.lock = threading.Lock()
        self.acknowledged = []  # (sent, answered)
        self.troubles = []  # (when, word)
        self.oddities = []  # answers that nobody should get

    def note(self, step, device_id, **more):
        """`step`: see verdict.py."""
        line = json.dumps({"step": step, "device": device_id, "at": round(now(), 3), **more})
        with self.lock:
            self.stream.write(line + "\n")

    def acknowledge(self, sent, step, device_id, **more):
        """A step that a server said yes to; `sent`: when it was asked."""
        self.note(step, device_id, **more)
        with self.lock:
            self.acknowledged.append((sent, now()))

    def trouble(self, word):
        """No answer, or one that asks to come again."""
        with self.lock:
            self.troubles.append((now(), word))

    def oddity(self, text):
        with self.lock:
            self.oddities.append(f"[{now():.1f} s] {text}")

    def first_success(self, since):
        """When the first request that was sent after `since` was acknowledged; None: not yet."""
        with self.lock:
            answered = [answer for sent, answer in self.acknowledged if sent >= since]
        return min(answered, default=None)

    def count(self, since):
        with self.lock:
            return sum(1 for _, answered in self.acknowledged if answered >= since)

    def longest_gap(self, since, until):
        """Between two acknowledgements, the ends counting as such."""
        with self.lock:
            times = sorted(answer for _, answer in self.acknowledged if since <= answer <= until)
        times = [since, *times, until]
        return max(later - earlier for earlier, later in zip(times, times[1:]))

    def troubles_between(self, since, until):
        with self.lock:
            return collections.Counter(word for when, word in self.troubles if since <= when < until)

    def close(self):
        self.stream.close()


def read(file):
    with open(file, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]
