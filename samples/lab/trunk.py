#!/usr/bin/env python3
"""Two access switches joined by a trunk: frames on the trunk carry an IEEE 802.1Q tag.

A kernel without VLAN devices can still carry tagged frames, so the tag is put on and taken off
here.

usage: trunk.py VLAN
"""
import selectors
import socket
import struct
import sys

PACKET_OUTGOING = 4
TPID = b"\x81\x00"
# access port and its end of the trunk
PORTS = (("port1", "trunk1"), ("port2", "trunk2"))


def port(name):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    opened.bind((name, 0))
    return opened


def tagged(frame, vlan):
    return frame[:12] + TPID + struct.pack("!H", vlan) + frame[12:]


def untagged(frame, _):
    # the kernel has taken the tag off already where it counts as received in hardware
    return frame[:12] + frame[16:] if frame[12:14] == TPID else frame


def main(vlan):
    watch = selectors.DefaultSelector()
    for access, trunk in PORTS:
        near, far = port(access), port(trunk)
        watch.register(near, selectors.EVENT_READ, (far, tagged))
        watch.register(far, selectors.EVENT_READ, (near, untagged))
    while True:
        for key, _ in watch.select():
            frame, address = key.fileobj.recvfrom(65536)
            if address[2] != PACKET_OUTGOING:
                onward, change = key.data
                onward.send(change(frame, vlan))


if __name__ == "__main__":
    main(int(sys.argv[1]))
