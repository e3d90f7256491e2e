# Devices that enrol over both servers all the time, some that race for one token, and admins that
# revoke. Whoever gets no answer asks the other server.
# SPDX-License-Identifier: Apache-2.0
import collections
import hashlib
import http.client
import itertools
import json
import random
import threading
import time

from patience import now

THREADS = 8
PAUSE_S = 0.15  # between two devices of a thread: the disks are small
RETRY_PAUSE_S = 0.2
HANG_S = 45  # beyond every deadline of the server's: it has forgotten the request
REVOKED_EVERY = 6
CONTESTS_KEPT = 20
PATH = "/functions/v1/device-enrollment"

Contest = collections.namedtuple("Contest", "device_id token fingerprints")


class Stopped(Exception):
    """The load is over; whatever was under way stays unacknowledged."""


class Caller:
    """A device, or an admin: one thread's connection to the server that answered last."""

    def __init__(self, load, first):
        self.load = load
        self.at = first
        self.connection = None
        self.was_troubled = False  # the last ask() met an error before its answer

    def ask(self, action, token=None, only=None, **fields):
        """(status, JSON, when it was sent) of the first answer that settles it. `only`: the server
        that alone can tell."""
        self.was_troubled = False
        if only is not None:
            self._move(only)
        while not self.load.stopping:
            sent = now()
            answer = self._exchange(action, token, fields)
            if answer is not None:
                return answer[0], answer[1], sent
            self.was_troubled = True
            if only is None:
                self._move((self.at + 1) % len(self.load.servers))
            time.sleep(RETRY_PAUSE_S)  # as a device does
        raise Stopped

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def _move(self, to):
        if to != self.at:
            self.close()
            self.at = to

    def _exchange(self, action, token, fields):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            if self.connection is None:
                address = self.load.servers[self.at].address
                self.connection = http.client.HTTPConnection(*address, timeout=HANG_S)
            self.connection.request("POST", PATH, json.dumps({"action": action, **fields}), headers)
            response = self.connection.getresponse()
            body = response.read()
        except TimeoutError:
            self.close()
            self.load.journal.trouble("hang")
            self.load.journal.oddity(f"{action}: no answer within {HANG_S} s")
            return None
        except (OSError, http.client.HTTPException):
            self.close()
            self.load.journal.trouble("no connection")
            return None
        return self._judge(action, response.status, body)

    def _judge(self, action, status, body):
        """None: come again."""
        answer = json.loads(body)
        # `conflict`: the reconciler saw the device at the same moment.
        if status < 500 and answer.get("code") != "conflict":
            return status, answer
        self.load.journal.trouble(f"{status} {answer.get('code')}")
        if status not in (409, 503):
            self.load.journal.oddity(f"{action}: {status} {body[:300]!r}")
        return None


class Load:
    """`servers`: of them only the first has the simulated network, which is one process's own: so a
    device that got its key there asks there whether it is connected."""

    def __init__(self, servers, session, journal):
        self.servers, self.session, self.journal = servers, session, journal
        self.stopping = False
        self.contests = collections.deque(maxlen=CONTESTS_KEPT)
        self.threads = [threading.Thread(target=self._run, args=(number, self._enroll))
                        for number in range(THREADS)]
        self.threads.append(threading.Thread(target=self._run, args=(THREADS, self._contest)))
        self.failure = None

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()

    def _run(self, number, act):
        caller = Caller(self, number % len(self.servers))
        try:
            for turn in itertools.count():
                act(caller, f"{number}-{turn}", turn)
                time.sleep(PAUSE_S)  # so that the disks hold what a run makes
        except Stopped:
            pass
        except Exception as failure:  # reported by whoever watches: a dead thread is no load
            self.failure = failure
        finally:
            caller.close()

    def _generate(self, caller, name):
        status, made, sent = caller.ask("generate_token", self.session, device_name=name)
        if status != 200:
            self.journal.oddity(f"generate_token: {status} {made}")
            return None
        device_id, token = made["device_id"], made["enrollment_token"]
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.journal.acknowledge(sent, "generated", device_id, digest=digest)
        return device_id, token

    def _enroll(self, caller, name, turn):
        made = self._generate(caller, f"device-{name}")
        if made is None:
            return
        device_id, token = made
        fingerprint = f"print-{name}"
        self.journal.note("verify_sent", device_id, fingerprint=fingerprint)
        status, answer, sent = caller.ask("verify", enrollment_token=token, fingerprint=fingerprint)
        if status != 200:
            self.journal.note("refused", device_id, code=answer.get("code"))
            return
        self.journal.acknowledge(sent, "verified", device_id, fingerprint=fingerprint)
        if answer["network"] == "simulated":
            self._connect(caller, device_id, token)
        if turn % REVOKED_EVERY == 0:
            self._revoke(caller, device_id)

    def _connect(self, caller, device_id, token):
        status, answer, sent = caller.ask("check_tailscale_status", only=0, device_id=device_id,
                                          enrollment_token=token)
        if status == 200 and answer["tailscale_connected"]:
            self.journal.acknowledge(sent, "connected", device_id)
        else:
            self.journal.note("refused", device_id, code=answer.get("code") or "not_connected")

    def _revoke(self, caller, device_id):
        self.journal.note("revoke_sent", device_id)
        status, answer, sent = caller.ask("revoke", self.session, device_id=device_id)
        if status == 200:
            self.journal.acknowledge(sent, "revoked", device_id)
        else:
            self.journal.note("refused", device_id, code=answer.get("code"))

    def _contest(self, caller, name, _):
        """Two devices, one token, at the same moment, over different servers."""
        made = self._generate(caller, f"contest-{name}")
        if made is None:
            return
        contest = Contest(*made, (f"left-{name}", f"right-{name}"))
        together = threading.Barrier(2)
        racers = [threading.Thread(target=self._race, args=(contest, side, together))
                  for side in (0, 1)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        self.contests.append(contest)

    def _race(self, contest, side, together=None):
        caller = Caller(self, side)
        try:
            if together:
                together.wait()
            self._claim(caller, contest, contest.fingerprints[side])
        except Stopped:
            pass
        finally:
            caller.close()

    def _claim(self, caller, contest, fingerprint):
        self.journal.note("verify_sent", contest.device_id, fingerprint=fingerprint)
        status, answer, sent = caller.ask("verify", enrollment_token=contest.token,
                                          fingerprint=fingerprint)
        if status == 200:
            self.journal.acknowledge(sent, "verified", contest.device_id, fingerprint=fingerprint)
        else:
            self.journal.note("lost", contest.device_id, fingerprint=fingerprint,
                              code=answer.get("code"))

    def ask_contestants_again(self):
        """After a fault the winner must still be the winner. Returns how many contests were asked."""
        contests = list(self.contests)
        caller = Caller(self, 0)
        try:
            for contest in contests:
                for fingerprint in random.sample(contest.fingerprints, 2):
                    caller.at = random.randrange(len(self.servers))
                    caller.close()
                    self._claim(caller, contest, fingerprint)
        finally:
            caller.close()
        return len(contests)
