# Mail that the real binary sends: into a folder, to a mail server, and what becomes of links.
# SPDX-License-Identifier: Apache-2.0
import email
import email.policy
import re
import socketserver
import threading
import urllib.parse

from muster_server import EMAIL, ServerTestCase, wait_for

SENDER = "Muster <muster@example.org>"
STRANGER = "nora@example.org"
PASSWORD = "correct horse"


class MailTestCase(ServerTestCase):
    def setUp(self):
        super().setUp()
        self.client = self.server.client(apikey=self.server.keys["anon_key"])

    def post(self, path, body, status=200):
        return self.check(self.client.request("POST", "/auth/v1/" + path, body), status)

    def follow(self, link):
        """Where the link leads."""
        self.assertTrue(link.startswith(self.server.url + "/auth/v1/verify?"), link)
        browser = self.server.client()
        answer = browser.get(link[len(self.server.url):])
        self.check(answer, 303)
        return urllib.parse.urlsplit(answer.headers["Location"])

    def text_of(self, message):
        return "\n".join(message.get_body(("plain",)).get_content().splitlines())

    def link_in(self, message):
        return re.search(r"^http\S+$", self.text_of(message), re.MULTILINE)[0]

    def code_in(self, message):
        return re.search(r"^\d{6}$", self.text_of(message), re.MULTILINE)[0]


class Folder(MailTestCase):
    settings = {
        "MAIL_SENDER": "folder",
        "MAIL_FROM": SENDER,
        "AUTH_SITE_URL": "https://app.example.org",
        "AUTH_MAIL_INTERVAL": "0s",
    }

    def mails(self):
        """Oldest first."""
        files = sorted((self.server.data / "mail").glob("*.eml"))
        return [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in files
        ]

    def mail(self, count):
        """The newest of so many."""
        return wait_for(f"{count} mails", lambda: len(self.mails()) == count and self.mails())[-1]

    def test_sign_up_confirm_recover(self):
        login = {"email": STRANGER, "password": PASSWORD}
        user = self.post("signup", login)
        self.assertNotIn("access_token", user)
        self.post("token?grant_type=password", login, 400)
        mail = self.mail(1)
        self.assertEqual(mail["To"], STRANGER)
        self.assertEqual(mail["From"], SENDER)
        place = self.follow(self.link_in(mail))
        self.assertEqual(place.netloc, "app.example.org")
        session = urllib.parse.parse_qs(place.fragment)
        self.assertEqual(session["type"], ["signup"])
        self.post("token?grant_type=password", login)

        self.post("recover", {"email": STRANGER})
        code = self.code_in(self.mail(2))
        session = self.post("verify", {"type": "recovery", "email": STRANGER, "token": code})
        signed_in = self.server.client(
            token=session["access_token"], apikey=self.server.keys["anon_key"]
        )
        changed = signed_in.request("PUT", "/auth/v1/user", {"password": "another password"})
        self.check(changed, 200)
        self.post("token?grant_type=password", login, 400)
        self.post("token?grant_type=password", {**login, "password": "another password"})

    def test_links_do_not_lead_elsewhere(self):
        self.post("otp?redirect_to=https%3A%2F%2Fevil.example", {"email": EMAIL})
        link = self.link_in(self.mail(1))
        self.assertEqual(self.follow(link).netloc, "app.example.org")
        again = urllib.parse.parse_qs(self.follow(link).fragment)
        self.assertEqual(again["error_code"], ["otp_expired"])

    def test_log_keeps_no_secret(self):
        self.post("otp", {"email": EMAIL})
        mail = self.mail(1)
        self.follow(self.link_in(mail))
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(self.link_in(mail)).query)["token"][0]
        wait_for("the log has it", lambda: "/auth/v1/verify" in self.server.log_text())
        for secret in (token, self.code_in(mail), EMAIL):
            self.assertNotIn(secret, self.server.log_text())
        self.assertIn("mail_goes_to_files", self.server.log_text())

    def test_folder_is_private(self):
        self.post("otp", {"email": EMAIL})
        self.mail(1)
        self.assertEqual((self.server.data / "mail").stat().st_mode & 0o077, 0)


class MailServer(socketserver.StreamRequestHandler):
    """Takes every mail."""

    def handle(self):
        self.say("220 ready")
        for line in self.rfile:
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"QUIT":
                return self.say("221 bye")
            if verb == b"DATA":
                self.say("354 go on")
                self.server.mails.append(self.take_data())
            self.say("250 ok")

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def take_data(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)


class Smtp(MailTestCase):
    def setUp(self):
        self.mail_server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer)
        self.mail_server.daemon_threads = True
        self.mail_server.mails = []
        threading.Thread(target=self.mail_server.serve_forever, daemon=True).start()
        self.addCleanup(self.mail_server.server_close)
        self.addCleanup(self.mail_server.shutdown)
        self.settings = {
            "MAIL_SENDER": "smtp",
            "MAIL_FROM": SENDER,
            "MAIL_SMTP_URL": "smtp://127.0.0.1:%d" % self.mail_server.server_address[1],
            "MAIL_SMTP_STARTTLS": "off",
        }
        super().setUp()

    def test_a_mail_arrives(self):
        self.post("otp", {"email": EMAIL})
        mail = wait_for("the mail", lambda: self.mail_server.mails)[0]
        self.assertEqual(mail["To"], EMAIL)
        place = self.follow(self.link_in(mail))
        self.assertEqual(f"{place.scheme}://{place.netloc}", self.server.url)
        self.assertIn("access_token", urllib.parse.parse_qs(place.fragment))
        self.assertIn("mail_goes_out_in_the_clear", self.server.log_text())

    def test_a_mail_that_waits_goes_out_at_the_end(self):
        self.post("otp", {"email": EMAIL})
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(len(self.mail_server.mails), 1)
