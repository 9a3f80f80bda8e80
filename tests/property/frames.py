"""Captures as lists of frames: reading and writing classic pcap files, and moving what is in them in place and time."""
import struct

FILE_HEADER = struct.Struct('<IHHiIII')
FRAME_HEADER = struct.Struct('<IIII')
MAGIC = 0xA1B2C3D4
ETHERNET = 1


class Frame:
    """One frame: microseconds since 1970, what was captured of it, and how long it was."""

    __slots__ = ('time', 'data', 'length')

    def __init__(self, time, data, length):
        self.time, self.data, self.length = time, data, length


def read(path):
    """The frames of a classic pcap file of Ethernet; None for another one."""
    with open(path, 'rb') as file:
        whole = file.read()
    if len(whole) < FILE_HEADER.size:
        return None
    magic, *_, link = FILE_HEADER.unpack_from(whole)
    if magic != MAGIC or link != ETHERNET:
        return None
    frames, at = [], FILE_HEADER.size
    while at < len(whole):
        seconds, micros, captured, length = FRAME_HEADER.unpack_from(whole, at)
        at += FRAME_HEADER.size
        frames.append(Frame(seconds * 1000000 + micros, whole[at:at + captured], length))
        at += captured
    return frames


def packed(frames):
    """The bytes of a classic pcap file."""
    parts = [FILE_HEADER.pack(MAGIC, 2, 4, 0, 0, 262144, ETHERNET)]
    for frame in frames:
        parts.append(FRAME_HEADER.pack(frame.time // 1000000, frame.time % 1000000, len(frame.data), frame.length))
        parts.append(frame.data)
    return b''.join(parts)


def write(path, frames):
    with open(path, 'wb') as file:
        file.write(packed(frames))


def network_at(data):
    """Where the IP header begins, behind VLAN tags, and its version."""
    at = 12
    while data[at:at + 2] == b'\x81\x00':
        at += 4
    return at + 2, {b'\x08\x00': 4, b'\x86\xdd': 6}.get(data[at:at + 2], 0)


def moved(data, places):
    """The frame between other hosts.  What is added to one half of an address is taken from the other, so that every
    checksum over them stays what it was, whether the capture holds the bytes that it covers or not (RFC 1624)."""
    at, version = network_at(data)
    if version == 0:
        return data
    ends = ((at + 12, at + 14), (at + 16, at + 18)) if version == 4 else ((at + 10, at + 22), (at + 26, at + 38))
    out = bytearray(data)
    for high, low in ends:
        if low + 2 > len(out):
            return data
        for place, step in ((high, places), (low, -places)):
            word = struct.unpack_from('>H', out, place)[0]
            struct.pack_into('>H', out, place, (word + step) % 0xFFFF)
    return bytes(out)


def segment_at(data):
    """Where a TCP header begins, and where the packet ends; None for a frame without one, or with a part of one."""
    at, version = network_at(data)
    if version == 4:
        start, end, protocol = at + (data[at] & 15) * 4, at + struct.unpack_from('>H', data, at + 2)[0], data[at + 9]
        if struct.unpack_from('>H', data, at + 6)[0] & 0x3FFF:
            return None
    elif version == 6:
        start, end, protocol = at + 40, at + 40 + struct.unpack_from('>H', data, at + 4)[0], data[at + 6]
    else:
        return None
    return (start, end) if protocol == 6 and len(data) >= start + 20 else None


def payload_at(data):
    """Where the bytes of a TCP segment begin; None for a frame without any."""
    place = segment_at(data)
    if place is None:
        return None
    start = place[0] + (data[place[0] + 12] >> 4) * 4
    return start if start < min(place[1], len(data)) else None


def last_of_each_side(frames):
    """Numbers of the frames that are the last, or the last with payload, of their side of a connection."""
    last, begun = {}, {}
    for number, frame in enumerate(frames):
        place = segment_at(frame.data)
        if place is None:
            continue
        ends = frame.data[network_at(frame.data)[0] + 8:place[0] + 4]
        if frame.data[place[0] + 13] & 2:
            begun[ends] = begun.get(ends, 0) + 1
        side = ends, begun.get(ends, 0)
        last[side, False] = number
        if payload_at(frame.data) is not None:
            last[side, True] = number
    return set(last.values())


def cut_short(frame, length):
    """The frame as a capture with a snaplen shows it."""
    return Frame(frame.time, frame.data[:length], frame.length)


def quiet_end(time):
    """A frame that is nobody's, so that time passes."""
    data = b'\xff' * 6 + b'\x02\0\0\0\0\x01' + b'\x08\x06' + bytes(46)
    return Frame(time, data, len(data))
