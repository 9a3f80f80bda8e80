"""Frames made by hand: floods, and captures with real sessions among them."""
import struct

ETHERNET = bytes.fromhex("02005e005302 02005e005301 0800")


def records(path):
    """The frames of a little-endian pcap file, as they stand there with their headers."""
    with open(path, "rb") as file:
        content = file.read()
    at = 24
    while at < len(content):
        length = struct.unpack_from("<I", content, at + 8)[0]
        yield content[at:at + 16 + length]
        at += 16 + length


def frame_count(path):
    return sum(1 for _ in records(path))


PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)


def _sum16(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return (total & 0xFFFF) + (total >> 16)


def segment(source, target, source_port, port, sequence, answer, flags, text=b""):
    """An Ethernet frame as a pcap record; addresses are numbers."""
    addresses = struct.pack("!II", source, target)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(text), 1, 0, 64, 6, 0)
    header = header[:10] + struct.pack("!H", 0xFFFF ^ _sum16(header + addresses)) + addresses
    tcp = struct.pack("!HHIIBBHHH", source_port, port, sequence, answer, 0x50, flags, 8192, 0, 0)
    pseudo = addresses + struct.pack("!HH", 6, len(tcp) + len(text))
    tcp = tcp[:16] + struct.pack("!H", 0xFFFF ^ _sum16(pseudo + tcp + text + b"\0" * (len(text) % 2))) + tcp[18:]
    frame = ETHERNET + header + tcp + text
    return struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame


SYN, SYN_ACK, ACK, PUSH = 0x02, 0x12, 0x10, 0x18
FLOOD_SOURCE, FLOOD_TARGET = 0xC6120000, 0xC000021E  # 198.18.0.0/15 (RFC 2544), 192.0.2.30
GREETING, HELLO = b"220 mail.example.net ESMTP Postfix\r\n", b"EHLO half.example.org\r\n"


def syns(count):
    """A flood of SYNs, each a flow of its own."""
    for number in range(count):
        yield segment(FLOOD_SOURCE + (number & 0x1FFFF), FLOOD_TARGET, 1024 + (number >> 17), 25, number, 0, SYN)


def halves(count):
    """Mail sessions that begin and then say nothing more, frame by frame."""
    for number in range(count):
        ends = FLOOD_SOURCE + (number & 0x1FFFF), FLOOD_TARGET + 1, 2048 + (number >> 17), 25
        back = ends[1], ends[0], ends[3], ends[2]
        yield segment(*ends, 100, 0, SYN)
        yield segment(*back, 500, 101, SYN_ACK)
        yield segment(*back, 501, 101, PUSH, GREETING)
        yield segment(*ends, 101, 501 + len(GREETING), PUSH, HELLO)


def lone_segment():
    """An Ethernet frame with a segment of no known connection."""
    return segment(FLOOD_SOURCE, FLOOD_TARGET, 1024, 2525, 1, 1, ACK)[16:]


def _in_turn(floods):
    """The frames of several floods, those of each evenly among all."""
    frames = [list(flood) for flood in floods]
    places = [((number + 0.5) / len(flood), which, number)
              for which, flood in enumerate(frames) for number in range(len(flood))]
    return [frames[which][number] for _, which, number in sorted(places)]


def mixed(path, mail, *floods):
    """Writes a capture with the frames of another at their times and those of floods evenly among them; how many."""
    frames = list(records(mail))
    times = [seconds * 1000000 + micros for seconds, micros in (struct.unpack("<II", frame[:8]) for frame in frames)]
    flood = _in_turn(floods)
    begin, span = times[0], times[-1] - times[0]
    merged = list(zip(times, frames))
    merged += [(begin + span * number // len(flood), frame) for number, frame in enumerate(flood)]
    merged.sort(key=lambda one: one[0])
    with open(path, "wb") as out:
        out.write(PCAP_HEADER)
        out.writelines(struct.pack("<II", *divmod(time, 1000000)) + frame[8:] for time, frame in merged)
    return len(merged)
