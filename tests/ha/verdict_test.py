# The verdict finds what a bad fail-over would leave: a test that cannot fail is none.
# SPDX-License-Identifier: Apache-2.0
import copy
import unittest

import verdict

LINES = [
    {"step": "generated", "device": "fresh", "digest": "d0"},
    {"step": "generated", "device": "bound", "digest": "d1"},
    {"step": "verify_sent", "device": "bound", "fingerprint": "one"},
    {"step": "verify_sent", "device": "bound", "fingerprint": "two"},
    {"step": "verified", "device": "bound", "fingerprint": "one"},
    {"step": "lost", "device": "bound", "fingerprint": "two", "code": "token_bound"},
    {"step": "generated", "device": "there", "digest": "d2"},
    {"step": "verify_sent", "device": "there", "fingerprint": "three"},
    {"step": "verified", "device": "there", "fingerprint": "three"},
    {"step": "connected", "device": "there"},
    {"step": "generated", "device": "gone", "digest": "d3"},
    {"step": "verify_sent", "device": "gone", "fingerprint": "four"},
    {"step": "verified", "device": "gone", "fingerprint": "four"},
    {"step": "revoke_sent", "device": "gone"},
    {"step": "revoked", "device": "gone"},
    {"step": "generated", "device": "left", "digest": "d4"},
    {"step": "verify_sent", "device": "left", "fingerprint": "seven"},
    {"step": "verified", "device": "left", "fingerprint": "seven"},
    {"step": "connected", "device": "left"},
    {"step": "revoke_sent", "device": "left"},
    {"step": "revoked", "device": "left"},
]
BOUND = {"enrollment_initiated": 1, "token_validated": 1, "trust_level_changed": 1}
CONNECTED = {"tailscale_connected": 1, "tailscale_enrollment_complete": 1}
MADE = {"pending_device_created": 1}
SNAPSHOT = {
    "devices": {
        "fresh": {"fingerprint": None, "token": "d0", "status": "pending", "trust": "low"},
        "bound": {"fingerprint": "one", "token": "d1", "status": "pending", "trust": "medium"},
        "there": {"fingerprint": "three", "token": None, "status": "active", "trust": "high"},
        "gone": {"fingerprint": "four", "token": None, "status": "revoked", "trust": "low"},
        "left": {"fingerprint": "seven", "token": None, "status": "revoked", "trust": "low"},
    },
    "events": {
        "fresh": {"enrollment_initiated": 1},
        "bound": BOUND,
        "there": {**BOUND, **CONNECTED},
        "gone": {**BOUND, "device_revoked": 1},
        "left": {**BOUND, **CONNECTED, "device_revoked": 1, "network_removed": 1},
    },
    "audits": {
        "fresh": MADE,
        "bound": MADE,
        "there": {**MADE, "device_enrolled_tailscale": 1},
        "gone": {**MADE, "device_revoked": 1},
        "left": {**MADE, "device_enrolled_tailscale": 1, "device_revoked": 1},
    },
    "jobs": {"left": [["remove_node", "done"]]},
}


def device(name, **changes):
    def act(_, snapshot):
        snapshot["devices"][name].update(changes)
    return act


def rows(table, name, **counts):
    def act(_, snapshot):
        snapshot[table][name].update(counts)
    return act


def jobs(name, *owed, removed=1):
    def act(_, snapshot):
        snapshot["jobs"][name] = [list(job) for job in owed]
        snapshot["events"][name]["network_removed"] = removed
    return act


def said(step, name, **more):
    def act(lines, _):
        lines.append({"step": step, "device": name, **more})
    return act


def forget(name):
    def act(_, snapshot):
        for table in snapshot.values():
            table.pop(name, None)
    return act


def unasked(_, snapshot):
    snapshot["devices"]["half"] = dict(SNAPSHOT["devices"]["fresh"], token="d9")


BAD = [
    ("a lost device", forget("fresh"), "fresh: acknowledged, and not in the database"),
    ("a lost token", device("fresh", token="other"), "its acknowledged token is gone"),
    ("a lost binding", device("bound", fingerprint=None), "and None has it"),
    ("a token spent by the loser", device("bound", fingerprint="two"), "and two has it"),
    ("a token spent by a stranger", device("bound", fingerprint="six"), "never asked"),
    ("a token acknowledged twice", said("verified", "bound", fingerprint="two"),
     "acknowledged to ['one', 'two']"),
    ("the owner turned away", said("lost", "bound", fingerprint="one", code="token_bound"),
     "was told that another one does"),
    ("a live token refused", said("lost", "bound", fingerprint="two", code="invalid_token"),
     "its token was refused, and it is pending"),
    ("a strange refusal", said("lost", "bound", fingerprint="two", code="rate_limited"),
     "a contestant was told rate_limited"),
    ("a device refused", said("refused", "fresh", code="invalid_token"),
     "refused with invalid_token, and it is pending"),
    ("a connected device refused", said("refused", "there", code="not_connected"),
     "refused with not_connected"),
    ("a lost connection", device("there", status="pending", token="d2", trust="medium"),
     "connected was acknowledged, and it is pending"),
    ("a lost trust", device("there", trust="medium"), "its trust is medium"),
    ("a lost revocation", device("gone", status="active", trust="medium"),
     "revoked was acknowledged, and it is active"),
    ("a revocation out of nowhere", device("bound", status="revoked", token=None, trust="low"),
     "nobody asked for it"),
    ("a revoked device that is trusted", device("gone", trust="high"), "its trust is high"),
    ("a revoked device with its token", device("gone", token="d3"), "revoked device with a token"),
    ("a lost event", rows("events", "fresh", enrollment_initiated=0),
     "event enrollment_initiated: 0, not 1"),
    ("an event twice", rows("events", "bound", token_validated=2), "event token_validated: 2"),
    ("a lost event of trust", rows("events", "bound", trust_level_changed=0),
     "without the event of its trust"),
    ("connected twice", rows("events", "there", tailscale_connected=2), "has 2 events"),
    ("a lost completion", rows("events", "there", tailscale_enrollment_complete=0),
     "event tailscale_enrollment_complete: 0, not 1"),
    ("a lost event of a revocation", rows("events", "gone", device_revoked=0),
     "event device_revoked: 0, not 1"),
    ("a lost audit row", rows("audits", "bound", pending_device_created=0),
     "audit row pending_device_created: 0, not 1"),
    ("a lost audit row of a connection", rows("audits", "there", device_enrolled_tailscale=0),
     "not audited once"),
    ("a lost audit row of a revocation", rows("audits", "gone", device_revoked=0),
     "audit row device_revoked: 0, not 1"),
    ("half of an unacknowledged transaction", unasked, "half: event enrollment_initiated: 0"),
]
REMOVED, KEY = ("remove_node", "done"), ("revoke_key", "done")
BAD_JOBS = [
    ("a node that was never removed", jobs("left", removed=0),
     "left: connected and revoked, with 0 jobs to remove its node"),
    ("a node that is still to be removed", jobs("left", ("remove_node", "waiting"), removed=0),
     "1 jobs remove_node are waiting"),
    ("a removal that was called off", jobs("left", ("remove_node", "cancelled"), removed=0),
     "1 jobs remove_node are cancelled"),
    ("a node removed twice", jobs("left", REMOVED, REMOVED, removed=2), "with 2 jobs to remove"),
    ("a key instead of its node", jobs("left", KEY), "with 0 jobs to remove"),
    ("a lost event of a removal", jobs("left", REMOVED, removed=0), "1 jobs are done, with 0 events"),
    ("an event without a removal", jobs("gone", removed=1), "0 jobs are done, with 1 events"),
    ("a node of an active device", jobs("there", REMOVED), "to be removed, and it is active"),
    ("a key that is still to be revoked", jobs("bound", ("revoke_key", "waiting"), removed=0),
     "bound: 1 jobs revoke_key are waiting"),
]
GOOD_JOBS = [
    ("the run as it is", lambda *_: None),
    ("a later key revoked, too", jobs("left", REMOVED, KEY, removed=2)),
    ("an unused key of a revoked device", jobs("gone", KEY)),
    ("an unused key of an active device", jobs("there", KEY)),
]
GOOD = [
    ("the run as it is", lambda *_: None),
    ("an unacknowledged binding", lambda lines, _: lines.remove(LINES[4])),
    ("an unacknowledged revocation", lambda lines, _: lines.remove(LINES[14])),
    ("a spent token refused", said("lost", "there", fingerprint="five", code="invalid_token")),
    ("vouched for by the network meanwhile", said("refused", "there", code="invalid_token")),
]


def judge_changed(act, judge=verdict.judge):
    lines, snapshot = copy.deepcopy(LINES), copy.deepcopy(SNAPSHOT)
    act(lines, snapshot)
    return judge(lines, snapshot)


class Verdict(unittest.TestCase):
    def test_good(self):
        for name, act in GOOD:
            with self.subTest(name):
                self.assertEqual(judge_changed(act), [])

    def test_bad(self):
        for name, act, expected in BAD:
            with self.subTest(name):
                problems = judge_changed(act)
                self.assertTrue(any(expected in one for one in problems), problems)

    def test_good_jobs(self):
        for name, act in GOOD_JOBS:
            with self.subTest(name):
                self.assertEqual(judge_changed(act, verdict.judge_jobs), [])

    def test_bad_jobs(self):
        for name, act, expected in BAD_JOBS:
            with self.subTest(name):
                problems = judge_changed(act, verdict.judge_jobs)
                self.assertTrue(any(expected in one for one in problems), problems)

    def test_counts(self):
        self.assertEqual(verdict.count_acknowledged(LINES),
                         {"generated": 5, "verified": 4, "connected": 2, "revoked": 2})
        self.assertEqual(verdict.count_contests(LINES), 1)


if __name__ == "__main__":
    unittest.main()
