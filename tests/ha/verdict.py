# The journal against the database: nothing that was acknowledged is missing, each token was spent by
# one device, every change has its event and its audit row, and the network was told once of each
# device that has to leave it. Steps of the journal:
#
#   generated    a device with a token (its digest)         acknowledged
#   verify_sent  a fingerprint asks for it
#   verified     that fingerprint has it                    acknowledged
#   connected    the device is on the network               acknowledged
#   revoke_sent, revoked                                    the latter acknowledged
#   lost         another fingerprint has it, or it is spent
#   refused      a refusal that a single device cannot get, unless the network saw it first
# SPDX-License-Identifier: Apache-2.0
import collections
import json

SNAPSHOT = """
SELECT json_build_object(
    'devices', (SELECT coalesce(json_object_agg(id, json_build_object(
        'fingerprint', fingerprint, 'token', enrollment_token, 'status', status,
        'trust', trust_level)), '{}') FROM public.devices),
    'events', (SELECT coalesce(json_object_agg(device_id, kinds), '{}') FROM (
        SELECT device_id, json_object_agg(event_type, count) AS kinds FROM (
            SELECT device_id, event_type, count(*) FROM public.device_events GROUP BY 1, 2
        ) AS counted GROUP BY 1) AS events),
    'audits', (SELECT coalesce(json_object_agg(device_id, kinds), '{}') FROM (
        SELECT device_id, json_object_agg(event, count) AS kinds FROM (
            SELECT details ->> 'device_id' AS device_id, event, count(*)
            FROM public.audit_logs WHERE details ? 'device_id' GROUP BY 1, 2
        ) AS counted GROUP BY 1) AS audits),
    'jobs', (SELECT coalesce(json_object_agg(device_id, jobs), '{}') FROM (
        SELECT device_id, json_agg(json_build_array(kind, state)) AS jobs
        FROM muster.network_jobs GROUP BY 1) AS owed));
"""
WAITING = "SELECT count(*) FROM muster.network_jobs WHERE state = 'waiting';"
ACKNOWLEDGED = ("generated", "verified", "connected", "revoked")


def parse_snapshot(text):
    return json.loads(text)


class _Story:
    """What the journal says about one device."""

    def __init__(self):
        self.steps = collections.defaultdict(list)

    def add(self, line):
        self.steps[line["step"]].append(line)

    def has(self, step):
        return step in self.steps

    def fingerprints(self, step):
        return {line["fingerprint"] for line in self.steps[step]}


class _Found:
    """What the database holds of one device."""

    def __init__(self, device, events, audits, jobs):
        self.fingerprint, self.token = device["fingerprint"], device["token"]
        self.status, self.trust = device["status"], device["trust"]
        self.events, self.audits = collections.Counter(events), collections.Counter(audits)
        self.jobs = collections.Counter((kind, state) for kind, state in jobs)

    def count_jobs(self, kind):
        return sum(count for (one, _), count in self.jobs.items() if one == kind)


def _pair(lines, snapshot):
    """(stories, found), each by device."""
    stories = collections.defaultdict(_Story)
    for line in lines:
        stories[line["device"]].add(line)
    found = {
        device_id: _Found(device, snapshot["events"].get(device_id, {}),
                          snapshot["audits"].get(device_id, {}),
                          snapshot["jobs"].get(device_id, []))
        for device_id, device in snapshot["devices"].items()
    }
    return stories, found


def judge(lines, snapshot):
    """What is wrong, one sentence each; nothing: the run is good."""
    stories, found = _pair(lines, snapshot)
    problems = []
    for device_id, story in stories.items():
        if device_id not in found:
            problems.append(f"{device_id}: acknowledged, and not in the database")
            continue
        problems += [f"{device_id}: {problem}" for problem in _compare(story, found[device_id])]
    for device_id, device in found.items():
        problems += [f"{device_id}: {problem}" for problem in _check_whole(device)]
    return problems


def judge_jobs(lines, snapshot):
    """The same of what the network is owed, after time enough to deliver it."""
    stories, found = _pair(lines, snapshot)
    return [f"{device_id}: {problem}" for device_id, device in found.items()
            for problem in _compare_jobs(stories[device_id], device)]


def _compare_jobs(story, device):
    # Only an admin's reactivation cancels one, and nobody asks for that here.
    for (kind, state), count in device.jobs.items():
        if state != "done":
            yield f"{count} jobs {kind} are {state}"
    done = sum(count for (_, state), count in device.jobs.items() if state == "done")
    if device.events["network_removed"] != done:
        yield f"{done} jobs are done, with {device.events['network_removed']} events"
    removals, revoked = device.count_jobs("remove_node"), device.status == "revoked"
    if removals and not revoked:
        yield f"its node was to be removed, and it is {device.status}"
    if revoked and story.has("connected") and removals != 1:
        yield f"connected and revoked, with {removals} jobs to remove its node"


def _compare(story, device):
    """Of one device: what the journal promises and the database does not hold."""
    yield from _compare_token(story, device)
    if story.has("connected"):
        if device.status != "active" and not story.has("revoke_sent"):
            yield f"connected was acknowledged, and it is {device.status}"
        if device.status == "active" and device.trust != "high":
            yield f"connected was acknowledged, and its trust is {device.trust}"
        if device.events["tailscale_connected"] != 1:
            yield f"connected was acknowledged, and has {device.events['tailscale_connected']} events"
        if device.audits["device_enrolled_tailscale"] != 1:
            yield "connected was acknowledged, and is not audited once"
    if story.has("revoked") and device.status != "revoked":
        yield f"revoked was acknowledged, and it is {device.status}"
    if device.status == "revoked" and not story.has("revoke_sent"):
        yield "revoked, and nobody asked for it"


def _compare_token(story, device):
    winners = story.fingerprints("verified")
    if len(winners) > 1:
        yield f"one token, and it was acknowledged to {sorted(winners)}"
    if winners and device.fingerprint not in winners:
        yield f"verify was acknowledged to {sorted(winners)}, and {device.fingerprint} has it"
    if device.fingerprint and device.fingerprint not in story.fingerprints("verify_sent"):
        yield f"{device.fingerprint} has it, and never asked"
    for line in story.steps["lost"]:
        if line["code"] == "token_bound" and line["fingerprint"] == device.fingerprint:
            yield f"{device.fingerprint} has it, and was told that another one does"
        elif line["code"] == "invalid_token" and device.status != "active":
            yield f"its token was refused, and it is {device.status}"
        elif line["code"] not in ("token_bound", "invalid_token"):
            yield f"a contestant was told {line['code']}"
    for line in story.steps["refused"]:
        # A device that repeats a request may find that the network has vouched for it meanwhile.
        if line["code"] != "invalid_token" or device.status != "active":
            yield f"refused with {line['code']}, and it is {device.status}"
    for line in story.steps["generated"]:
        if device.status == "pending" and device.token != line["digest"]:
            yield "its acknowledged token is gone"


def _check_whole(device):
    """Of one device, acknowledged or not: no part of a transaction without the others."""
    bound, revoked = device.fingerprint is not None, device.status == "revoked"
    wanted = [
        ("event", device.events, "enrollment_initiated", 1),
        ("audit row", device.audits, "pending_device_created", 1),
        ("event", device.events, "token_validated", int(bound)),
        ("event", device.events, "device_revoked", int(revoked)),
        ("audit row", device.audits, "device_revoked", int(revoked)),
    ]
    if not revoked:
        complete = int(device.status == "active")
        wanted += [
            ("event", device.events, "tailscale_enrollment_complete", complete),
            ("audit row", device.audits, "device_enrolled_tailscale", complete),
        ]
    for what, rows, kind, count in wanted:
        if rows[kind] != count:
            yield f"{what} {kind}: {rows[kind]}, not {count}, of a {device.status} device"
    if bound and not device.events["trust_level_changed"]:
        yield "bound, without the event of its trust"
    if (device.token is not None) != (device.status == "pending"):
        yield f"a {device.status} device {'with' if device.token else 'without'} a token"
    if revoked and device.trust != "low":
        yield f"revoked, and its trust is {device.trust}"


def count_acknowledged(lines):
    """{step: how many}."""
    return collections.Counter(line["step"] for line in lines if line["step"] in ACKNOWLEDGED)


def count_contests(lines):
    """Devices for which more than one fingerprint asked."""
    asked = collections.defaultdict(set)
    for line in lines:
        if line["step"] == "verify_sent":
            asked[line["device"]].add(line["fingerprint"])
    return sum(1 for fingerprints in asked.values() if len(fingerprints) > 1)
