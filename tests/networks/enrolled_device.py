# A device of the roster with a real client behind it: how it comes onto the network, and what the
# server says of it.
# SPDX-License-Identifier: Apache-2.0
import urllib.parse

from muster_server import EMAIL
from qr_picture import read_qr_picture
from scenario import expect_equal
from waiting import wait_for


class EnrolledDevice:
    """`client`: of real_headscale or real_netbird, not started."""

    def __init__(self, server, admin, client):
        self.server, self.admin, self.client = server, admin, client
        self.name = client.hostname
        self.id = self.token = None

    def enroll(self):
        made = self._ask(self.admin, "generate_token", device_name=self.name)
        self.id, self.token = made["device_id"], made["enrollment_token"]
        self.client.start()
        self.join()

    def enroll_by_picture(self):
        """As people do it: an admin shows a QR code, and the device has a camera."""
        login = ("login", "--url", self.server.url, "--email", EMAIL, "--password-stdin")
        picture = self.client.folder / "code.svg"
        for words, stdin in ((login, self.server.password + "\n"),
                             (("token", "create", "--name", self.name, "--svg", picture), "")):
            done = self.server.run(*words, stdin=stdin)
            expect_equal(done.returncode, 0, f"muster {words[0]}: {done.stderr}")
        link = read_qr_picture(picture)
        self.token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
        devices = self.admin.get("/roster/v1/devices?limit=100").json["devices"]
        self.id = next(device["id"] for device in devices if device["name"] == self.name)
        self.client.start()
        self.join(link)

    def join(self, link=None):
        """With the link, or the token of `generate_token` or `reactivate`."""
        root = self.client.folder / "facts"
        (root / "etc").mkdir(parents=True, exist_ok=True)
        (root / "etc" / "hostname").write_text(self.name + "\n")
        (root / "etc" / "machine-id").write_text(self.id.replace("-", "") + "\n")
        done = self.server.run(
            "enroll", "--url", self.server.url, "--token", "-", "--facts-root", root,
            "--state-dir", self.client.folder / "muster", *self.client.agent_words(),
            stdin=(link or self.token) + "\n")
        expect_equal(done.returncode, 0, f"muster enroll: {done.stderr}")
        wait_for(f"{self.name} is active", lambda: self.status() == "active")

    def _ask(self, asker, action, **fields):
        answer = asker.enrollment(action, **fields)
        expect_equal(answer.status, 200, f"{action}: {answer.body!r}")
        return answer.json

    def act(self, action, **fields):
        """As the admin."""
        return self._ask(self.admin, action, device_id=self.id, **fields)

    def view(self):
        answer = self.admin.get(f"/roster/v1/devices/{self.id}")
        expect_equal(answer.status, 200, f"{self.name}: {answer.body!r}")
        return answer.json

    def row(self):
        return self.view()["device"]

    def status(self):
        return self.row()["status"]

    def level(self):
        return self.row()["trust_level"]

    def node(self):
        return self.row()["tailscale_device_id"]

    def jobs(self):
        return self.view()["jobs"]

    def event_types(self):
        path = f"/roster/v1/events?device_id={self.id}&limit=100"
        return [event["event_type"] for event in self.admin.get(path).json["events"]]
