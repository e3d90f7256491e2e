# What happens in the scenarios. Each takes the scenario that it reports to, and the world.
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import time

from relay import Relay
from scenario import expect, expect_equal
from waiting import wait_for

ANSWER_MAX_S = 1.0  # of a revocation, whatever the network does
REMOVAL_P99_MAX_MS = 1000
ROUNDS, ROUND_SIZE = 10, 5
QUIET_S = 3  # three rounds of the reconciler


def enroll_two(scenario, world):
    first, second = world.device("laptop-1"), world.device("laptop-2")
    for device, how, enroll in ((first, "QR code", first.enroll_by_picture),
                                (second, "token", second.enroll)):
        with scenario.step(f"{device.name} joins by its {how}; active, trust high"):
            enroll()
            expect_equal(device.level(), "high", "trust")
            expect_equal(device.row()["tailscale_ip"], device.client.address(), "address")
            expect(device.node() in world.stage.node_ids(), "the network has no such node")
    with scenario.step("packets pass between the two"):
        wait_for("they reach each other", lambda: world.can_reach(first.client, second.client))
        wait_for("and back", lambda: world.can_reach(second.client, first.client))
    return first, second


def revoke_while_away(scenario, world, device, other):
    """The network is down while the admin clicks."""
    node = device.node()
    with scenario.step("the control plane stops"):
        world.stage.control.stop()
    with scenario.step(f"{device.name} is revoked all the same: answered at once, trust low"):
        began = time.monotonic()
        device.act("revoke", reason="lost")
        took = time.monotonic() - began
        scenario.figures["revoke_answered_while_down_ms"] = round(took * 1000, 1)
        expect(took < ANSWER_MAX_S, f"the answer took {took:.1f} s")
        expect_equal((device.status(), device.level()), ("revoked", "low"), "status and trust")
    with scenario.step("its job waits, and is tried"):
        wait_for("an attempt failed", lambda: device.jobs()[0]["attempts"] > 0)
        expect_equal(device.jobs()[0]["state"], "waiting", "job")
    with scenario.step("the control plane starts again: the node goes, the other one stays"):
        world.stage.control.start()
        wait_for("the node is removed", lambda: node not in world.stage.node_ids())
        expect(other.node() in world.stage.node_ids(), "the other node is gone as well")
        wait_for("the job is done", lambda: device.jobs()[0]["state"] == "done")
        expect("network_removed" in device.event_types(), "no event says so")
    restarted = time.monotonic()
    with scenario.step("no packet comes from it any more; the other one is still active"):
        wait_for("it is cut off", lambda: not world.can_reach(device.client, other.client))
        scenario.figures["cut_off_after_the_restart_s"] = round(time.monotonic() - restarted, 1)
        wait_for("the other one is high", lambda: other.level() == "high")
        expect_equal(other.status(), "active", "the other device")


def let_in_again(scenario, world, device, other):
    with scenario.step(f"{device.name} is reactivated: a new key, and it joins again"):
        answer = device.act("reactivate")
        device.token = answer["enrollment_token"]
        device.join()
        expect_equal(device.level(), "high", "trust")
        if hasattr(device.client, "mend_proxy"):
            device.client.mend_proxy()
        wait_for("packets pass again", lambda: world.can_reach(device.client, other.client))


def let_a_sleeper_in_again(scenario, world, device, other):
    """Nobody can tell a client that is off: it learns of it when it comes back."""
    with scenario.step(f"{device.name} is off, revoked and reactivated; it comes back, is on no "
                       "network, and joins again with its new token"):
        node = device.node()
        device.client.stop()
        device.act("revoke")
        wait_for("the node is removed", lambda: node not in world.stage.node_ids())
        # Headscale hides a node before it has let it go, and who joins then stays cut off.
        wait_for("its jobs are done",
                 lambda: all(job["state"] == "done" for job in device.jobs()))
        device.token = device.act("reactivate")["enrollment_token"]
        device.client.start()
        expect(not world.can_reach(device.client, other.client), "it still reaches the other one")
        device.join()
        wait_for("packets pass again", lambda: world.can_reach(device.client, other.client))


def delete_one(scenario, world, device):
    with scenario.step(f"{device.name} is deleted: its node goes"):
        node = device.node()
        answer = world.admin.request("DELETE", f"/roster/v1/devices/{device.id}")
        expect_equal(answer.status, 200, f"delete: {answer.body!r}")
        wait_for("the node is removed", lambda: node not in world.stage.node_ids())
        expect_equal(world.admin.get(f"/roster/v1/devices/{device.id}").status, 404, "the device")


def see_expiry(scenario, world, device):
    with scenario.step(f"the network's admin expires {device.name}: its trust falls to medium"):
        world.stage.control.expire_node(device.node())
        wait_for("trust is medium", lambda: device.level() == "medium")


def ignore_shadow(scenario, world):
    with scenario.step("a node with a key of its own is seen, and never adopted"):
        devices = world.device_count()
        shadow = world.client("shadow")
        shadow.start()
        expect(shadow.join(world.stage.control.make_key()), f"not let in: {shadow.refusal}")
        wait_for("it is on the network", shadow.is_on_network)

        def listed():
            nodes = world.admin.get("/roster/v1/network/nodes").json["nodes"]
            return [node for node in nodes if node["hostname"] == "shadow"]

        wait_for("Muster sees it online", lambda: listed() and listed()[0]["online"])
        time.sleep(QUIET_S)  # that nothing happens can only be waited for
        expect_equal(world.device_count(), devices, "devices")
        node = listed()[0]["id"]
        expect(node not in world.owned_nodes(), "a device owns it")
        expect(node in world.stage.node_ids(), "it was removed")
    with scenario.step("its client stops: Muster sees it offline"):
        shadow.stop()
        wait_for("it is offline", lambda: not listed()[0]["online"])


def keep_secrets(scenario, world, devices):
    with scenario.step("no key and no token stands in Muster's log"):
        log = world.server.log_text()
        for secret in world.stage.secrets() + [device.token for device in devices]:
            expect(not secret or secret not in log, "a secret stands in the log")


def main_line(scenario, world):
    first, second = enroll_two(scenario, world)
    revoke_while_away(scenario, world, first, second)
    let_in_again(scenario, world, first, second)
    let_a_sleeper_in_again(scenario, world, first, second)
    ignore_shadow(scenario, world)
    delete_one(scenario, world, first)
    if hasattr(world.stage.control, "expire_node"):
        see_expiry(scenario, world, second)
    keep_secrets(scenario, world, [first, second])


def enforce_trust(scenario, world):
    """With the policies of docs/how-to/enforce-trust-*.md."""
    setting = world.stage.trust_setting.upper().replace(".", "_")
    world.stage.guard(world.greeter.port)
    world.restart_server(**{setting: "on"})
    service = world.client("service")
    with scenario.step("a service joins that only trusted devices may reach"):
        service.start()
        expect(service.join(world.stage.service_key()), f"not let in: {service.refusal}")
    device, stranger = world.device("laptop"), world.client("stranger")
    with scenario.step("a device is enrolled: trust high, and it reaches the service"):
        device.enroll()
        wait_for("trust is high", lambda: device.level() == "high")
        wait_for("it reaches the service", lambda: world.can_reach(device.client, service))
    with scenario.step("a node that Muster does not know never does"):
        stranger.start()
        expect(stranger.join(world.stage.control.make_key()), f"not let in: {stranger.refusal}")
        wait_for("it is on the network", stranger.is_on_network)
        time.sleep(QUIET_S)  # that nothing happens can only be waited for
        expect(not world.can_reach(stranger, service), "it reaches the service")
    for level, may_reach in (("medium", False), ("high", True)):
        with scenario.step(f"an admin sets trust to {level}: it "
                           f"{'reaches the service again' if may_reach else 'is cut off'}"):
            device.act("set_trust_level", trust_level=level, reason="a test")
            wait_for("so it is",
                     lambda: world.can_reach(device.client, service) == may_reach)
    with scenario.step("it is revoked, and reaches nothing"):
        began = time.monotonic()
        device.act("revoke")
        wait_for("it is cut off", lambda: not world.can_reach(device.client, service))
        scenario.figures["cut_off_after_revocation_s"] = round(time.monotonic() - began, 1)


def revoke_and_time(world, relay, device):
    """Seconds until it was answered, until the network was called, and until the node was gone."""
    node = device.node()
    began = time.monotonic()
    device.act("revoke")
    answered = time.monotonic()

    def calls():
        return [at for at, method, path in relay.seen_since(began)
                if world.stage.is_removal(method, path, node)]

    called = wait_for("the network is called", calls, pause_s=0.005)[0]
    wait_for("the node is removed", lambda: node not in world.stage.node_ids(), pause_s=0.02)
    return answered - began, called - began, time.monotonic() - began


def enroll_together(devices):
    with concurrent.futures.ThreadPoolExecutor(len(devices)) as pool:
        list(pool.map(lambda device: device.enroll(), devices))


def time_a_burst(scenario, world, relay):
    """All at once: the last one has to wait for the others."""
    devices = [world.device(f"burst-{i}") for i in range(ROUND_SIZE)]
    with scenario.step(f"{ROUND_SIZE} devices join, and are revoked at once"):
        enroll_together(devices)
        nodes = {device.node() for device in devices}
        began = time.monotonic()
        for device in devices:
            device.act("revoke")
        wait_for("all nodes are removed", lambda: not nodes & world.stage.node_ids())
    called = []
    for node in nodes:
        called.append(min(at for at, method, path in relay.seen_since(began)
                          if world.stage.is_removal(method, path, node)) - began)
    scenario.measure(f"{ROUND_SIZE} at once, to the network's API called", called)


def time_revocations(scenario, world):
    """Of devices whose clients are on the network, one after the other."""
    relay = Relay(world.stage.control.port)
    url_setting = f"{world.stage.network.upper()}_BASE_URL"
    world.restart_server(**{url_setting: relay.url})
    found = []
    for number in range(ROUNDS):
        devices = [world.device(f"timed-{number}-{i}") for i in range(ROUND_SIZE)]
        with scenario.step(f"round {number + 1} of {ROUNDS}: {ROUND_SIZE} devices join and are "
                           "revoked"):
            enroll_together(devices)
            for device in devices:
                found.append(revoke_and_time(world, relay, device))
                device.client.stop()
    answered, called, gone = zip(*found)
    scenario.measure("revocation answered", answered)
    figure = scenario.measure("revocation to the network's API called", called)
    scenario.measure("revocation to the node gone (looked at every 20 ms)", gone)
    time_a_burst(scenario, world, relay)
    relay.close()
    expect(figure["p99_ms"] <= REMOVAL_P99_MAX_MS,
           f"p99 is {figure['p99_ms']} ms, more than {REMOVAL_P99_MAX_MS} ms")
