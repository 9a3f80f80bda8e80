"""Dialogues drawn at random, as a text for weave: what a client and a server may say, and some that they should not."""
import os
import subprocess

NAMES = ("mail.example.net", "mx1.example.org", "relay.example.com", "[192.0.2.7]")
VERBS = ("NOOP", "RSET", "HELP", "VRFY alice", "EXPN staff", "noop", "Rset", "NOOP  x", "HELP MAIL", "XADR 1 2 3", "ETRN example.org")
OFFERS = ("PIPELINING", "SIZE 10240000", "8BITMIME", "STARTTLS", "AUTH PLAIN LOGIN", "DSN", "SMTPUTF8", "CHUNKING", "HELP",
          "ENHANCEDSTATUSCODES", "XVENDOR a=b", "VRFY")
WORDS = ("Ok", "2.1.0 Ok", "fine with me", "-- well --", "go ahead; then", "250 looks like a code")
FLIGHTS = ("tls12", "tls13", "tls12-self-signed", "tls12-static-rsa")
BODY = ("Subject: test", "", "Hello", ".. a dot", "QUIT", "250 not a reply", "-- ", "STARTTLS")


class Talk:
    def __init__(self, draw, number):
        self.draw, self.rows = draw, []
        self.row(f"client 198.51.{number >> 8 & 0xFF}.{number & 0xFF} {40001 + (number >> 16)}")
        self.row(f"port {draw.choice((25, 25, 587))}")

    def row(self, text):
        self.rows.append(text)

    def reply(self, code, texts):
        marks = ["-"] * (len(texts) - 1) + [" "]
        joined = self.draw.random() < 0.5
        for number, (mark, text) in enumerate(zip(marks, texts)):
            self.row(f"{'+' if joined and number else ''}S: {code}{mark}{text}")

    def say(self, line):
        """One line of the client, at times in two segments."""
        cut = self.draw.randrange(1, len(line)) if self.draw.random() < 0.2 and len(line) > 1 else 0
        if cut and line[cut] != " " and line[cut - 1] != " ":
            self.row(f"C. {line[:cut]}")
            self.row(f"C: {line[cut:]}")
        else:
            self.row(f"C: {line}")

    def ask(self, line, code, *texts):
        self.say(line)
        self.reply(code, texts or (self.draw.choice(WORDS),))

    def hello(self):
        offers = self.draw.sample(OFFERS, self.draw.randrange(0, 8))
        self.ask(f"{self.draw.choice(('EHLO', 'EHLO', 'ehlo'))} {self.draw.choice(NAMES)}", 250, self.draw.choice(NAMES), *offers)

    def batch(self):
        """Several commands in one segment, and their answers in one or more."""
        verbs = [self.draw.choice(VERBS) for _ in range(self.draw.randrange(2, 6))]
        for number, verb in enumerate(verbs):
            self.row(f"{'+' if number else ''}C: {verb}")
        for _ in verbs:
            self.reply(self.draw.choice((250, 252, 502)), (self.draw.choice(WORDS),))

    def mail(self):
        self.ask("MAIL FROM:<ada@example.org>", 250)
        for _ in range(self.draw.randrange(1, 4)):
            self.ask("RCPT TO:<bob@example.net>", self.draw.choice((250, 250, 451)))
        self.ask("DATA", 354, "End data with <CR><LF>.<CR><LF>")
        for _ in range(self.draw.randrange(1, 9)):
            self.row(f"C: {self.draw.choice(BODY)}")
        self.row("C: .")
        self.reply(250, ("2.0.0 Ok: queued as 4X",))

    def upgrade(self):
        """True when TLS takes over: nothing is said in clear from there on."""
        self.say("STARTTLS")
        if self.draw.random() < 0.3:
            self.reply(self.draw.choice((454, 502, 503)), ("not today",))
            return False
        self.reply(220, ("2.0.0 Ready",))
        flight = self.draw.choice(FLIGHTS)
        for part in ("c1", "s1", "c2", "s2"):
            self.row(f"{part[0].upper()}< bytes/{flight}.{part}")
        return True

    def tell(self):
        self.reply(220, [f"{self.draw.choice(NAMES)} ESMTP"] + ["more"] * self.draw.choice((0, 0, 0, 2)))
        self.hello()
        for _ in range(self.draw.randrange(1, 7)):
            act = self.draw.choice((self.batch, self.mail, self.hello, self.upgrade, None, None))
            if act is None:
                self.ask(self.draw.choice(VERBS), self.draw.choice((250, 500, 502, 214)))
            elif act() is True:
                return self.rows
        self.ask("QUIT", 221)
        return self.rows


def weave(program, folder, draw, size, path):
    """So many sessions, one behind the other.  The text lies beside the recorded handshakes, which it names."""
    text = f"{path}.txt"
    os.symlink(f"{folder}/bytes", f"{os.path.dirname(path)}/bytes")
    with open(text, "w", encoding="ascii") as out:
        for number in range(size):
            out.write("session\n" if number else "")
            out.write("\n".join(Talk(draw, number + 1).tell()) + "\n")
    subprocess.run([program, text, path], check=True)
