"""Hostile captures, frame by frame: each takes what it can of somebody's memory.  All are generators of pcap records."""
import gzip
import random
import struct

from frames import ACK, ETHERNET, PCAP_HEADER, PUSH, SYN, SYN_ACK, halves, records, segment, syns

FROM, TO = 0xC6130000, 0xC0000228  # 198.19.0.0/16 (RFC 2544), 192.0.2.40
MSS = 1448


def _open(number, port=25):
    """The ends of connection `number`, both ways, and the frames that open it."""
    ends = FROM + (number & 0xFFFF), TO, 2048 + (number >> 16), port
    back = ends[1], ends[0], ends[3], ends[2]
    return ends, back, (segment(*ends, 100, 0, SYN), segment(*back, 500, 101, SYN_ACK))


def _pieces(octets):
    return (octets[at:at + MSS] for at in range(0, len(octets), MSS))


def _sum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return (total & 0xFFFF) + (total >> 16)


def alike(count):
    """Flows whose ends add up, and XOR, to the same: a hash that only mixes the two ends finds them all in one place."""
    for number in range(count):
        low = number & 0xFFFF
        yield segment(FROM + low, FROM + 0x10000 - 1 - low, 1024 + (number >> 16), 1024 + (number >> 16), number, 0, SYN)


def one_host(count):
    """All ports of one host, to all ports of another."""
    for number in range(count):
        yield segment(FROM, TO, 1 + number % 65535, 1 + number // 65535, number, 0, SYN)


def endless_lines(count, length):
    """Sessions in which both sides begin a line and never end it, all at the same time."""
    opened = [_open(number) for number in range(count)]
    for ends, back, frames in opened:
        yield from frames
        yield segment(*back, 501, 101, PUSH, b"220 mail.example.net ESMTP\r\n")
    text = b"A" * MSS
    for at in range(0, length, MSS):
        for ends, back, _ in opened:
            yield segment(*ends, 101 + at, 529 + at, PUSH, b"EHLO" + text[4:] if at == 0 else text)
            yield segment(*back, 529 + at, 101 + at + MSS, PUSH, b"250-" + text[4:] if at == 0 else text)


def one_side(count, length):
    """Sessions whose client pipelines commands that nobody answers."""
    line = b"MAIL FROM:<someone@example.org>\r\n" * 40
    opened = [_open(number) for number in range(count)]
    for ends, back, frames in opened:
        yield from frames
        yield segment(*back, 501, 101, PUSH, b"220 mail.example.net ESMTP\r\n")
    for at in range(0, length, len(line)):
        for ends, _, _ in opened:
            yield segment(*ends, 101 + at, 529, PUSH, line)


def talkative(count, lines):
    """Sessions of very many commands, each answered, each with a login."""
    opened = [_open(number) for number in range(count)]
    at, back_at = 101, 529
    for ends, back, frames in opened:
        yield from frames
        yield segment(*back, 501, 101, PUSH, b"220 mail.example.net ESMTP\r\n")
    for number in range(lines):
        ask = b"AUTH PLAIN AHVzZXIlMDhkAHBhc3N3b3Jk\r\nVRFY user-%08d\r\n" % number
        answer = b"535 5.7.8 no, not %08d\r\n252 2.1.5 maybe\r\n" % number
        for ends, back, _ in opened:
            yield segment(*ends, at, back_at, PUSH, ask)
            yield segment(*back, back_at, at + len(ask), PUSH, answer)
        at, back_at = at + len(ask), back_at + len(answer)


def holes(count, length):
    """Streams of mail whose first byte never comes, so that all behind it waits."""
    opened = [_open(number) for number in range(count)]
    for ends, back, frames in opened:
        yield from frames
    for at in range(1, length, 2 * MSS):  # every other segment, so that no two pieces meet
        for ends, back, _ in opened:
            yield segment(*ends, 101 + at, 501, PUSH, b"B" * MSS)


def fragments(count):
    """First fragments of datagrams that never become whole."""
    for number in range(count):
        frame = segment(FROM + (number >> 16), TO, 3000, 25, 1, 1, ACK, b"C" * 1400)[16:]
        ip = bytearray(frame[14:34])
        ip[4:6], ip[6:8] = struct.pack("!H", number & 0xFFFF), b"\x20\x00"  # more fragments
        ip[10:12] = b"\0\0"
        ip[10:12] = struct.pack("!H", 0xFFFF ^ _sum(bytes(ip)))
        frame = frame[:14] + bytes(ip) + frame[34:]
        yield struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame


def nested(count, most):
    """Mail in IP in IP in GRE in IP, up to so many envelopes."""
    for number in range(count):
        ends, back, (opening, answered) = _open(number)
        for frame in (opening, answered, segment(*back, 501, 101, PUSH, b"220 mail.example.net ESMTP\r\n")):
            packet = frame[30:]
            for depth in range(number % most):
                kind = (4, 47)[depth % 2]
                if kind == 47:
                    packet = b"\0\0\x08\0" + packet
                head = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(packet) & 0xFFFF, 1, 0, 64, kind, 0, FROM + depth, TO)
                packet = head[:10] + struct.pack("!H", 0xFFFF ^ _sum(head)) + head[12:] + packet
            frame = ETHERNET + packet
            yield struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame


def certificates(count, length):
    """TLS 1.2 servers that send certificates of so many bytes, none of which ends before its length says."""
    hello = bytes.fromhex("16030100310100002d0303") + b"R" * 32 + bytes.fromhex("000004c02f00ff0100")
    answer = bytes.fromhex("160303002a020000260303") + b"S" * 32 + bytes.fromhex("00c02f00")
    body = b"\x0b" + (length + 6).to_bytes(3, "big") + (length + 3).to_bytes(3, "big") + length.to_bytes(3, "big")
    body += b"\x30\x83" + (length - 5).to_bytes(3, "big") + b"\x30\x83" + (length - 10).to_bytes(3, "big")
    opened = [_open(number, 465) for number in range(count)]
    for ends, back, frames in opened:
        yield from frames
        yield segment(*ends, 101, 501, PUSH, hello)
        yield segment(*back, 501, 101 + len(hello), PUSH, answer)
    at, left = 501 + len(answer), length + 10
    while left > 0:
        part = (body + b"\x31" * 1400)[:1400]
        body, left = b"", left - len(part)
        record = b"\x16\x03\x03" + struct.pack("!H", len(part)) + part
        for ends, back, _ in opened:
            yield segment(*back, at, 101 + len(hello), PUSH, record)
        at += len(record)


def among(path, mail, flood, share):
    """Writes a capture with the frames of another among those of a flood, one behind every `share` of them, and what is
    left of it behind the flood; frames of the flood have the time of the real one before them."""
    with open(path, "wb") as out:
        out.write(PCAP_HEADER)
        real = records(mail)
        first = next(real)
        stamp = first[:8]
        out.write(first)
        for number, frame in enumerate(flood):
            if number % share == share - 1:
                own = next(real, None)
                if own is not None:
                    stamp = own[:8]
                    out.write(own)
            out.write(stamp + frame[8:])
        out.writelines(real)


def interfaces(path, sections, each):
    """A pcapng file of very many interfaces, each with a name of its own, and no packet."""
    def block(kind, body):
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    with open(path, "wb") as out:
        for number in range(sections):
            out.write(section)
            out.write(b"".join(block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HH", 2, 60) + b"%060d" % (number * each + at)
                                     + b"\0\0\0\0") for at in range(each)))


def bomb(path, mail, frames):
    """A gzip file that unpacks to real sessions and then so many times 1000 empty frames."""
    empty = struct.pack("<IIII", 0, 0, 0, 0) * 1000
    with gzip.open(path, "wb", 9) as out, open(mail, "rb") as real:
        out.write(real.read())
        for _ in range(frames):
            out.write(empty)


def noise(path, seed, length):
    """Bytes that do not pack, behind the header of a capture of one frame as large as they are."""
    with open(path, "wb") as out:
        out.write(PCAP_HEADER + struct.pack("<IIII", 0, 0, length, length))
        out.write(random.Random(seed).randbytes(length))


FLOODS = {  # name: in short, in full; what there are of them, and real frames among them
    "syns": (lambda: syns(60000), lambda: syns(1000000)),
    "halves": (lambda: halves(10000), lambda: halves(1000000)),
    "alike": (lambda: alike(60000), lambda: alike(1000000)),
    "one-host": (lambda: one_host(60000), lambda: one_host(1000000)),
    "endless-lines": (lambda: endless_lines(60, 400000), lambda: endless_lines(400, 1 << 20)),
    "one-side": (lambda: one_side(60, 600000), lambda: one_side(400, 1 << 20)),
    "talkative": (lambda: talkative(20, 1500), lambda: talkative(100, 10000)),
    "holes": (lambda: holes(100, 800000), lambda: holes(500, 2 << 20)),
    "fragments": (lambda: fragments(60000), lambda: fragments(1000000)),
    "nested": (lambda: nested(5000, 40), lambda: nested(100000, 60)),
    "certificates": (lambda: certificates(30, 1 << 20), lambda: certificates(60, (1 << 24) - 16)),
}
