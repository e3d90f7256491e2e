# What is broken, one thing after another, on one running cluster under load.
# SPDX-License-Identifier: Apache-2.0
import collections
import time

from patience import Failure, now, say, wait_for

STEADY = 40  # acknowledged steps after which the load is called steady again
HOLD_S = 5  # how long a fault goes on after everybody has found a way around it
FULL_DISK_S = 20
# Longer than every deadline of Muster's and of its statements.
FROZEN_S = 45
QUIET_S = 3

Outcome = collections.namedtuple(
    "Outcome", "name first_success_s longest_gap_s whole_s troubles remark")


class Scene:
    """Everything there is; when the present fault began, and how long each success took."""

    def __init__(self, cluster, servers, load, journal):
        self.cluster, self.servers = cluster, servers
        self.load, self.journal = load, journal
        self.forget()

    def forget(self):
        self.first_successes_s = []
        self.begin()

    def begin(self):
        """What is asked for from now on meets the fault."""
        self.began = now()

    def wait_success(self):
        """The first acknowledged step among those asked for after the fault."""

        def look():
            if self.load.failure:
                raise self.load.failure
            return self.journal.first_success(self.began)

        took = wait_for("a step is acknowledged", look) - self.began
        say(f"  first acknowledged step after {took:.1f} s")
        self.first_successes_s.append(took)

    def wait_steady(self):
        start = now()
        wait_for("the load goes on", lambda: self.journal.count(start) >= STEADY)

    def new_primary(self, unless):
        node = wait_for("a new primary", lambda: self.cluster.primary(unless))
        say(f"  {node.name} is the primary")
        return node


def kill_primary(scene):
    old = scene.cluster.primary()
    spared = scene.cluster.etcd_pid(old)
    say(f"  kill -9: PostgreSQL and Patroni on {old.name}")
    old.kill(spared)
    scene.begin()
    scene.wait_success()
    new = scene.new_primary(old)
    scene.wait_steady()
    old.start()
    return f"{old.name} to {new.name}"


def cut_off_primary(scene):
    old = scene.cluster.primary()
    say(f"  {old.name} is cut off")
    old.machine.cut_off()
    scene.begin()
    scene.wait_success()
    new = scene.new_primary(old)
    scene.wait_steady()
    time.sleep(HOLD_S)
    old.machine.join_again()
    say(f"  {old.name} is back")
    return f"{old.name} to {new.name}"


def cut_off_synchronous_standby(scene):
    old = scene.cluster.sync_standby()
    say(f"  {old.name} is cut off")
    old.machine.cut_off()
    scene.begin()
    scene.wait_success()
    scene.wait_steady()
    time.sleep(HOLD_S)
    old.machine.join_again()
    say(f"  {old.name} is back")
    return f"{old.name} was it"


def freeze_standbys(scene):
    """With one copy only nothing may come to be seen: whoever repeats a request and finds its work
    done acknowledges it."""
    cluster = scene.cluster
    standbys = [node for node in cluster.nodes if node is not cluster.primary()]
    start = now()
    for node in standbys:
        node.freeze(cluster.etcd_pid(node))
    say(f"  {' and '.join(node.name for node in standbys)} hang")
    time.sleep(QUIET_S)  # for what was on its way
    before = cluster.devices_digest()
    time.sleep(FROZEN_S)
    if cluster.devices_digest() != before:
        scene.journal.oddity("the primary shows changes that no standby has")
    for node in standbys:
        node.thaw(cluster.etcd_pid(node))
    frozen_s = now() - start  # looking at the primary takes some of it, past the others
    scene.begin()
    say("  both go on")
    scene.wait_success()
    scene.wait_steady()
    return f"for {frozen_s:.0f} s, after which success is counted"


def fill_disk(scene):
    node = scene.cluster.primary()
    say(f"  the disk of {node.name} fills up")
    scene.begin()
    node.fill_disk()

    def is_quiet():
        return scene.journal.count(now() - QUIET_S) == 0

    wait_for("writes fail", is_quiet)
    say("  no write succeeds")
    quiet = now()
    time.sleep(FULL_DISK_S)
    succeeded = scene.journal.count(quiet)
    primary = scene.cluster.primary()
    moved = primary is not None and primary is not node
    if succeeded and not moved:
        scene.journal.oddity(f"{succeeded} writes succeeded on a full disk")
    say(f"  {primary.name if primary else 'nobody'} is the primary; the disk is freed")
    node.free_disk()
    scene.begin()
    scene.wait_success()
    where = f"fail-over to {primary.name}" if moved else f"{node.name} stayed the primary"
    return f"{where}; freed after {FULL_DISK_S} s, from which success is counted"


def kill_muster_servers(scene):
    for server in scene.servers:
        say(f"  kill -9: Muster on {server.name}")
        server.kill()
        scene.begin()
        scene.wait_success()
        scene.wait_steady()
        server.start()
        scene.wait_steady()
    return "each in turn"


def restart_etcd(scene):
    for member in scene.cluster.members:
        say(f"  etcd on {member.machine.name}")
        member.stop()
        scene.begin()
        member.start()
        member.wait_healthy()
        scene.wait_success()
        scene.wait_steady()
    return "three members"


def restart_postgres(scene):
    for node in scene.cluster.nodes:
        was = "primary" if node is scene.cluster.primary() else "standby"
        start = now()
        node.stop()
        scene.begin()
        node.start()
        scene.wait_success()
        scene.cluster.wait_whole()
        scene.wait_steady()
        gap = scene.journal.longest_gap(start, now())
        say(f"  {node.name}, a {was}: longest gap {gap:.1f} s")
    return "three nodes"


def restart_muster(scene):
    for server in scene.servers:
        say(f"  Muster on {server.name}")
        server.stop()
        scene.begin()
        server.start()
        scene.wait_success()
        scene.wait_steady()
    return "two servers"


FAULTS = {
    "kill-primary": ("kill -9 of the primary", kill_primary),
    "cut-primary": ("the primary is cut off the network", cut_off_primary),
    "cut-standby": ("the synchronous standby is cut off", cut_off_synchronous_standby),
    "freeze-standbys": ("both standbys hang", freeze_standbys),
    "full-disk": ("the primary's disk is full", fill_disk),
    "kill-muster": ("kill -9 of a Muster server", kill_muster_servers),
    "restart-etcd": ("etcd restarts in turn", restart_etcd),
    "restart-postgres": ("PostgreSQL restarts in turn", restart_postgres),
    "restart-muster": ("Muster restarts in turn", restart_muster),
}


def perform(scene, key):
    """One fault, and all it takes until the cluster is whole again."""
    name, act = FAULTS[key]
    say(name)
    scene.forget()
    start = now()
    remark = act(scene)
    scene.cluster.wait_whole()
    whole = now()
    scene.wait_steady()
    until = now()
    contests = scene.load.ask_contestants_again()
    say(f"  the cluster is whole; {contests} contested tokens are as they were")
    if scene.load.failure:
        raise Failure(f"the load ended: {scene.load.failure!r}")
    return Outcome(name, max(scene.first_successes_s), scene.journal.longest_gap(start, until),
                   whole - start, scene.journal.troubles_between(start, until), remark)
