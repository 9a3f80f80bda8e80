"""What a middle box does to the other protocols that turn to TLS: the offer is removed, or the ask is answered in the
server's place where nothing is offered that could be removed.
"""
import re

from tampers import Tamper

STARTTLS_REQUEST = b"1.3.6.1.4.1.1466.20037"  # RFC 4511, section 4.14.1
UNAVAILABLE = 52  # RFC 4511, section 4.1.9


class Lines(Tamper):
    """Every line stands alone; lines that are the offer, as `offer` matches them, are removed."""

    offer = None

    def ends(self, line):
        return True

    def reply(self, reply):
        return [line for line in reply if not re.fullmatch(self.offer, line.strip(), re.IGNORECASE)]


class StripImap(Lines):
    """The offer is a word of the capability line; the word that forbids logins in clear goes too."""

    def reply(self, reply):
        return [re.sub(rb" (STARTTLS|LOGINDISABLED)\b", b"", line) for line in reply]


class StripPop3(Lines):
    offer = rb"STLS"


class StripSieve(Lines):
    offer = rb'"STARTTLS"'


class StripNntp(Lines):
    offer = rb"STARTTLS"


class RefuseFtp(Lines):
    """Clients ask without looking at FEAT."""

    offer = rb"AUTH .*"

    def client(self, line):
        if line[:5].upper() == b"AUTH ":
            return b"", b"500 Unknown command.\r\n"
        return line, b""


class StripXmpp(Tamper):
    """The unit is as many whole tags as there are; the offer is an element of the features."""

    offer = re.compile(rb"<starttls\b[^>]*?(?:/>|>.*?</starttls>)", re.DOTALL)

    def cut(self, held):
        tags, end, rest = held.rpartition(b">")
        return tags + end, rest

    def ends(self, line):
        return True

    def reply(self, reply):
        return [self.offer.sub(b"", tags) for tags in reply]


class RefuseLdap(Tamper):
    """The unit is a message; its length is that of its SEQUENCE."""

    def cut(self, held):
        if len(held) < 2:
            return b"", held
        more = held[1] & 0x7F if held[1] & 0x80 else 0
        if len(held) < 2 + more:
            return b"", held
        length = 2 + more + (int.from_bytes(held[2 : 2 + more], "big") if more else held[1])
        return (held[:length], held[length:]) if len(held) >= length else (b"", held)

    def ends(self, line):
        return True

    def client(self, line):
        if STARTTLS_REQUEST not in line:
            return line, b""
        number = re.search(rb"\x02\x01(.)", line, re.DOTALL).group(1)
        result = b"\x0a\x01" + bytes([UNAVAILABLE]) + b"\x04\x00\x04\x00"
        content = b"\x02\x01" + number + b"\x78" + bytes([len(result)]) + result
        return b"", b"\x30" + bytes([len(content)]) + content


TAMPERS = {
    "strip-imap": StripImap,
    "strip-pop3": StripPop3,
    "strip-sieve": StripSieve,
    "strip-nntp": StripNntp,
    "strip-xmpp": StripXmpp,
    "refuse-ftp": RefuseFtp,
    "refuse-ldap": RefuseLdap,
}
