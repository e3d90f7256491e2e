"""What bench/scale.py asks PostgreSQL itself, by pgbench: row-level security's own share."""
# SPDX-License-Identifier: Apache-2.0
import pathlib
import statistics
import subprocess
import tempfile

from measuring import Failure
from throwaway import find_programs

# As the table API asks: a transaction with the caller's role and claims. :person and :device are the
# numbers of both, :event that of any of the device's events.
_AS_PERSON = """\\set person {person}
\\set device {device}
\\set event random(0, {last_turn}) * {devices} + :device
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims',
    '{{"role":"authenticated","sub":"' || bench.person(:person) || '"}}', true);
{query};
ROLLBACK;
"""
_DEVICE = "(SELECT id FROM bench.device_ids WHERE n = :device)"
_ORG_ADMIN, _USER = "random(0, {organizations} - 1)", "random(2 * {organizations}, {people} - 1)"
_GLOBAL_ADMIN = "{people}"
_DEVICE_OF_ORGANIZATION = "random(0, {devices} / {organizations} - 1) * {organizations} + :person"
_OWN_DEVICE = ":person"  # each person's first
_EVENTS_OF_DEVICE = ("SELECT * FROM public.device_events WHERE device_id = " + _DEVICE +
                     " ORDER BY created_at DESC LIMIT 50")
_EVENT = ("bench.id_of({begin} + :event::bigint * interval '1 second' * {seconds_an_event},"
          " :event::bigint)")

# Name, who asks, of which device, what.
_QUERIES = {
    "50 devices of an organization, last seen first, by its org_admin": (
        _ORG_ADMIN, "0", "SELECT * FROM public.devices WHERE organization_id = "
        "bench.organization(:person) ORDER BY last_seen DESC LIMIT 50"),
    "the same without a filter": (
        _ORG_ADMIN, "0", "SELECT * FROM public.devices ORDER BY last_seen DESC LIMIT 50"),
    "all devices that a user sees, without a filter": (
        _USER, "0", "SELECT * FROM public.devices ORDER BY last_seen DESC"),
    "50 of all devices by their ids, by a global_admin": (
        _GLOBAL_ADMIN, "0", "SELECT * FROM public.devices ORDER BY id LIMIT 50"),
    "the same, last seen first": (
        _GLOBAL_ADMIN, "0", "SELECT * FROM public.devices ORDER BY last_seen DESC LIMIT 50"),
    "the count of all devices, by a global_admin": (
        _GLOBAL_ADMIN, "0", "SELECT count(*) FROM public.devices"),
    "50 events of a device, newest first, by its org_admin": (
        _ORG_ADMIN, _DEVICE_OF_ORGANIZATION, _EVENTS_OF_DEVICE),
    "the same by its owner": (_USER, _OWN_DEVICE, _EVENTS_OF_DEVICE),
    "one event by its id, by the device's owner": (
        _USER, _OWN_DEVICE, "SELECT * FROM public.device_events WHERE id = " + _EVENT),
    "50 events of all devices that a user sees, without a filter": (
        _USER, "0", "SELECT * FROM public.device_events ORDER BY created_at DESC LIMIT 50"),
}

_INSERT = """\\set device random(0, {devices} - 1)
BEGIN;
SET LOCAL ROLE muster_server;
INSERT INTO public.device_events (id, device_id, event_type, details)
VALUES (gen_random_uuid(), (SELECT id FROM bench.device_ids WHERE n = :device), 'device_active',
    '{{"from": "inactive"}}');
COMMIT;
"""


def _pgbench(url, script, seconds, clients, prefix):
    done = subprocess.run(
        [find_programs() / "pgbench", "--no-vacuum", "--protocol=prepared", "--file=-", "--log",
         f"--log-prefix={prefix}", f"--client={clients}", f"--time={round(seconds)}", url],
        input=script, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise Failure(f"pgbench failed: {done.stderr.strip()[-2000:]}")


def _run(url, script, seconds, clients):
    """The latencies in milliseconds, sorted."""
    with tempfile.TemporaryDirectory() as folder:
        _pgbench(url, script, seconds, clients, f"{folder}/log")
        lines = [line for file in pathlib.Path(folder).iterdir()
                 for line in file.read_text(encoding="utf-8").splitlines()]
    if not lines:
        raise Failure("pgbench finished no transaction")
    return sorted(int(line.split()[2]) / 1000 for line in lines)


def measure_queries(url, roster, seconds):
    """(p50, p99) of each, in milliseconds, on one connection."""
    values = roster.values(0, 0)
    measured = {}
    for name, (person, device, query) in _QUERIES.items():
        script = _AS_PERSON.format(person=person.format(**values), device=device.format(**values),
                                   query=query.format(**values), **values)
        times = _run(url, script, seconds, 1)
        measured[name] = (statistics.median(times), times[int(len(times) * 0.99)])
    return measured


def measure_inserts(url, roster, seconds, clients=16):
    """Events a second, a transaction each."""
    times = _run(url, _INSERT.format(**roster.values(0, 0)), seconds, clients)
    return len(times) / round(seconds)
