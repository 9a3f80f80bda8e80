"""What a middle box does to a dialogue: to SMTP and LMTP; other.py has it for the other protocols."""


class Tamper:
    """Passes everything on; the kinds of tampering below change single steps."""

    def cut(self, held):
        """The first line of what was received, empty while its end has not come, and the rest."""
        line, end, rest = held.partition(b"\n")
        return (line + end, rest) if end else (b"", held)

    def ends(self, line):
        """Whether a reply ends with this line."""
        return line[3:4] != b"-"

    def client(self, line):
        """What the server gets for a client line, and what the client gets at once."""
        return line, b""

    def reply(self, reply):
        """What the client gets for a server reply, a list of lines."""
        return reply


def keyword(line):
    return line[4:].strip().upper()


class Strip(Tamper):
    """Remove the offer."""

    def reply(self, reply):
        kept = [line for line in reply if keyword(line) != b"STARTTLS"]
        kept[-1] = kept[-1][:3] + b" " + kept[-1][4:]
        return kept


class Mask(Tamper):
    """Overwrite offer and banner in place, as firewalls with an SMTP inspection engine do."""

    def __init__(self):
        self.greeted = False

    def reply(self, reply):
        if not self.greeted:
            self.greeted = True
            return [line[:4] + b"*" * (len(line) - 6) + b"\r\n" for line in reply]
        return [
            line[:4] + b"XXXXXXXA\r\n" if keyword(line) == b"STARTTLS" else line for line in reply
        ]


class Blank(Tamper):
    """Leave the offer, overwrite the command."""

    def client(self, line):
        return (b"XXXXXXXX\r\n" if line.strip().upper() == b"STARTTLS" else line), b""


class Refuse(Tamper):
    """Answer the command in the server's place."""

    def client(self, line):
        if line.strip().upper() == b"STARTTLS":
            return b"", b"454 4.7.0 TLS not available due to temporary reason\r\n"
        return line, b""


class Swallow(Tamper):
    """Agree in the server's place, and go on in clear."""

    def client(self, line):
        if line.strip().upper() == b"STARTTLS":
            return b"", b"220 2.0.0 Ready to start TLS\r\n"
        return line, b""


class InjectCommand(Tamper):
    """Put commands behind STARTTLS, in one segment with it."""

    def client(self, line):
        if line.strip().upper() == b"STARTTLS":
            line += b"RSET\r\nMAIL FROM:<mallory@example.org>\r\n"
        return line, b""


class InjectReply(Tamper):
    """Put a reply behind the one that agrees, in one segment with it."""

    def __init__(self):
        self.asked = False

    def client(self, line):
        self.asked = self.asked or line.strip().upper() == b"STARTTLS"
        return line, b""

    def reply(self, reply):
        if self.asked and reply[-1].startswith(b"220 "):
            self.asked = False
            return reply + [b"250-mail.example.net\r\n", b"250 AUTH PLAIN LOGIN\r\n"]
        return reply


TAMPERS = {
    "pass": Tamper,
    "strip": Strip,
    "mask": Mask,
    "blank": Blank,
    "refuse": Refuse,
    "swallow": Swallow,
    "inject-command": InjectCommand,
    "inject-reply": InjectReply,
}
