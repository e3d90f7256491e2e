# An enrolment token is spent once, however many ask for it at the same moment.
# SPDX-License-Identifier: Apache-2.0
import collections
import threading

from muster_server import ServerTestCase

CALLS = 1000
CONNECTIONS = 64


class OneUse(ServerTestCase):
    settings = {"RATE_LIMITS": "off", "LOG_LEVEL": "warning"}

    def verify_from(self, start, token, numbers, answers):
        """One connection: verifies with fingerprints nobody else uses."""
        client = self.server.client()
        self.assertEqual(client.get("/healthz").status, 200)
        start.wait()
        for number in numbers:
            answer = client.enrollment("verify", enrollment_token=token, fingerprint=f"print-{number}")
            answers.append((f"print-{number}", answer))

    def test_one_of_a_thousand_wins(self):
        admin = self.server.admin()
        made = self.check(admin.enrollment("generate_token", device_name="contested"), 200)
        token = made["enrollment_token"]
        start = threading.Barrier(CONNECTIONS)
        answers = collections.deque()
        threads = [
            threading.Thread(
                target=self.verify_from,
                args=(start, token, range(number, CALLS, CONNECTIONS), answers),
            )
            for number in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(len(answers), CALLS)
        winners = [(name, answer) for name, answer in answers if answer.status == 200]
        refusals = collections.Counter(
            (answer.status, answer.json["code"]) for _, answer in answers if answer.status != 200
        )
        self.assertEqual(len(winners), 1)
        self.assertEqual(refusals, {(409, "token_bound"): CALLS - 1})
        self.check_winner(admin, made["device_id"], token, *winners[0])

    def check_winner(self, admin, device_id, token, fingerprint, won):
        device = self.check(admin.get(f"/roster/v1/devices/{device_id}"), 200)["device"]
        self.assertEqual(device["fingerprint"], fingerprint)
        self.assertEqual(device["trust_level"], "medium")
        kinds = [event["event_type"] for event in self.events_of(admin, device_id)]
        self.assertEqual(kinds.count("token_validated"), 1)
        again = admin.enrollment("verify", enrollment_token=token, fingerprint=fingerprint)
        self.assertEqual(self.check(again, 200), won.json, "the winner's answer changed")
