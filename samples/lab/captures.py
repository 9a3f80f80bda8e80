"""What becomes of a recording before it is kept: clocks that go wrong, frames that a busy recorder
missed or wrote late, days between connections, two cables in one file.

Reads what tcpdump writes here, pcap with microseconds in this machine's byte order.
"""
import struct

SECOND = 1_000_000
DAY = 86_400 * SECOND


class Recording:
    """The frames of one file: lists of time in microseconds, original length, and bytes."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.header, content = file.read(24), file.read()
        self.frames = []
        while content:
            seconds, micros, held, length = struct.unpack_from("=IIII", content)
            self.frames.append([seconds * SECOND + micros, length, content[16 : 16 + held]])
            content = content[16 + held :]

    def link_type(self):
        return struct.unpack_from("=I", self.header, 20)[0]

    def write(self):
        with open(self.path, "wb") as file:
            file.write(self.header)
            for at, length, frame in self.frames:
                record = struct.pack("=IIII", at // SECOND, at % SECOND, len(frame), length)
                file.write(record + frame)

    def shift(self, seconds):
        """The recorder's clock goes wrong by so much."""
        for frame in self.frames:
            frame[0] += round(seconds * SECOND)

    def lose(self, number):
        """The recorder missed the frame, counted from 1 among those with payload."""
        self.frames.remove(self.speaking()[number - 1])

    def swap(self, number):
        """The recorder wrote the frame behind the next one, as one with several queues does."""
        at = self.frames.index(self.speaking()[number - 1])
        first, second = self.frames[at : at + 2]
        first[0], second[0] = second[0], first[0]
        self.frames[at : at + 2] = second, first

    def speaking(self):
        return [frame for frame in self.frames if payload_length(frame[2]) > 0]

    def days_apart(self):
        """Each connection a day and a little behind the one before; the last stays."""
        clients = []
        for frame in self.frames:
            if client(frame[2]) not in clients:
                clients.append(client(frame[2]))
        for frame in self.frames:
            earlier = len(clients) - 1 - clients.index(client(frame[2]))
            frame[0] -= earlier * DAY + earlier * earlier * 61 * SECOND
        self.frames.sort(key=lambda frame: frame[0])


def tcp_header(frame):
    return 14 + (frame[14] & 15) * 4


def payload_length(frame):
    header = tcp_header(frame)
    return 14 + struct.unpack_from("!H", frame, 16)[0] - header - (frame[header + 12] >> 4) * 4


def client(frame):
    """The client's port: the higher one."""
    return max(struct.unpack_from("!HH", frame, tcp_header(frame)))


def block(kind, body):
    """A block of pcapng, whose length stands at both of its ends."""
    length = len(body) + 12
    return struct.pack("=II", kind, length) + body + struct.pack("=I", length)


def option(code, text):
    return struct.pack("=HH", code, len(text)) + padded(text)


def padded(data):
    return data + bytes(-len(data) % 4)


def join(path, **cables):
    """One pcapng file of several recordings, each an interface of that name."""
    frames = []
    with open(path, "wb") as file:
        file.write(block(0x0A0D0D0A, struct.pack("=IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for number, (name, recorded) in enumerate(cables.items()):
            recording = Recording(recorded)
            head = struct.pack("=HHI", recording.link_type(), 0, 262144)
            file.write(block(1, head + option(2, name.encode()) + option(0, b"")))
            frames += [(*frame, number) for frame in recording.frames]
        for at, length, frame, number in sorted(frames, key=lambda frame: frame[0]):
            head = struct.pack("=IIIII", number, at >> 32, at & 0xFFFFFFFF, len(frame), length)
            file.write(block(6, head + padded(frame)))
