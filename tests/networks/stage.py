# A real network with a real Muster beside it, for the scenarios: what both networks' have in common
# is asked for in the same words.
# SPDX-License-Identifier: Apache-2.0
import shutil

import real_headscale
import real_netbird
from enrolled_device import EnrolledDevice
from greeter import Greeter
from muster_server import MusterServer

TAG, GROUP = "tag:laptop", "laptops"
SERVED_TAG, SERVED_GROUP = "tag:server", "servers"


class HeadscaleStage:
    """A Headscale server, not started, and its clients."""

    network = "headscale"
    programs = real_headscale.PROGRAMS
    trust_setting = "headscale.trust_tags"
    Client = real_headscale.TailscaleClient

    def __init__(self, folder):
        self.control = real_headscale.Headscale(folder / "control")

    def furnish(self, service_port):
        """Once, after the first start."""
        self.control.make_user(real_headscale.USER)
        self.control.make_api_key()
        self._allow("*", f"*:{service_port}")

    def guard(self, service_port):
        """From now on only who is trusted reaches services, and nobody else anything."""
        self._allow("tag:muster-high", f"{SERVED_TAG}:{service_port}")

    def _allow(self, source, target):
        owned = (TAG, SERVED_TAG, *real_headscale.TRUST_TAGS)
        self.control.set_policy({
            "tagOwners": {tag: [f"{real_headscale.USER}@"] for tag in owned},
            "acls": [{"action": "accept", "src": [source], "dst": [target]}],
        })

    def service_key(self):
        """Of what only trusted devices may reach."""
        return self.control.make_key(SERVED_TAG)

    def settings(self, url=None):
        return {"HEADSCALE_BASE_URL": url or self.control.url,
                "HEADSCALE_API_KEY": self.control.api_key,
                "HEADSCALE_USER": real_headscale.USER, "HEADSCALE_TAGS": TAG}

    def secrets(self):
        return [self.control.api_key]

    def node_ids(self):
        return set(self.control.nodes())

    def is_removal(self, method, path, node_id):
        """Is it the first call that takes the node away?"""
        return method == "POST" and path == f"/api/v1/node/{node_id}/expire"


class NetBirdStage:
    """A NetBird server, not started, and its clients."""

    network = "netbird"
    programs = real_netbird.PROGRAMS
    trust_setting = "netbird.trust_groups"
    Client = real_netbird.NetBirdClient

    def __init__(self, folder):
        self.control = real_netbird.NetBird(folder / "control")

    def furnish(self, service_port):
        """Once, after the first start."""
        self.control.set_up()
        self.control.forget_policies()
        self.control.allow("All", "All", service_port)

    def guard(self, service_port):
        """From now on only who is trusted reaches services, and nobody else anything."""
        self.control.forget_policies()
        self.control.allow("muster-high", SERVED_GROUP, service_port)

    def service_key(self):
        """Of what only trusted devices may reach."""
        return self.control.make_key(SERVED_GROUP)

    def settings(self, url=None):
        return {"NETBIRD_BASE_URL": url or self.control.url, "NETBIRD_TOKEN": self.control.token,
                "NETBIRD_GROUPS": GROUP}

    def secrets(self):
        return [self.control.token]

    def node_ids(self):
        return set(self.control.peers())

    def is_removal(self, method, path, node_id):
        return method == "DELETE" and path == f"/api/peers/{node_id}"


class World:
    """The stage with Muster on it; close() ends all that runs, keeps the logs, and may be called
    whatever has happened before."""

    def __init__(self, stage, folder, logs):
        self.stage, self.folder, self.logs = stage, folder, logs
        self.greeter = Greeter()
        self.clients = []
        self.server = self.admin = self.session = None

    def start(self):
        self.stage.control.start()
        self.stage.furnish(self.greeter.port)
        self.server = MusterServer(
            NETWORK=self.stage.network, RECONCILER_INTERVAL="1s", RATE_LIMITS="off",
            OUTBOX_BACKOFF_LONGEST="2s", **self.stage.settings())
        self.server.init()
        self._start_server()

    def restart_server(self, **settings):
        """The same data, other settings."""
        self.server.stop()
        self.server.settings.update(settings)
        self._start_server()

    def _start_server(self):
        self.server.start()
        self.session = self.server.sign_in()
        self.admin = self.server.admin_of(self.session)

    def client(self, hostname):
        """Not started."""
        self.clients.append(
            self.stage.Client(self.folder / hostname, hostname, self.stage.control.url))
        return self.clients[-1]

    def device(self, hostname):
        """With connections of its own: devices may come at once."""
        admin = self.server.admin_of(self.session)
        return EnrolledDevice(self.server, admin, self.client(hostname))

    def can_reach(self, source, target):
        """Do packets pass from one client to a service beside the other one?"""
        return source.reaches(target.address(), self.greeter.port)

    def owned_nodes(self):
        rows = self.admin.get("/rest/v1/devices?select=tailscale_device_id").json
        return {row["tailscale_device_id"] for row in rows} - {None}

    def device_count(self):
        return len(self.admin.get("/roster/v1/devices?limit=100").json["devices"])

    def close(self):
        for client in self.clients:
            client.stop()
        self.stage.control.stop()
        self.greeter.close()
        self._keep_logs()
        if self.server:
            self.server.remove()

    def _keep_logs(self):
        self.logs.mkdir(parents=True)
        named = {"control": self.stage.control.folder / "log"}
        named.update({client.hostname: client.folder / "log" for client in self.clients})
        if self.server:
            named["muster"] = self.server.log
        for name, log in named.items():
            if log.exists():
                shutil.copy(log, self.logs / f"{name}.log")
