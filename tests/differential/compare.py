"""Two accounts of one session, held against each other."""
import itertools
import re

WILD = re.compile(r"<redacted>|<unrecognised>|<[^<>]*\.\.\.[^<>]*>|\.\.\.|\\x..|\\.|\?")
TLS = ("version", "cipher", "sni", "alpn", "ja3", "ja3s")
SHOWN = 90


def _plain(text):
    """What of a line is beyond doubt: printable letters; how others are escaped is each one's own affair."""
    return re.sub(r"\\[0-7]{3}|\\x..|\\.|[^ -~]", "", text).strip()


def fits(own, other):
    """Whether our line, redacted and shortened, can be the one that the other shows."""
    parts = [re.escape(_plain(part)) for part in WILD.split(own)]
    return re.fullmatch(r".*?".join(parts) + r"\s*", _plain(other), re.S | re.I) is not None


def _lines(what, own, other):
    """The first line in which two lists part."""
    for number in range(max(len(own), len(other))):
        if number >= len(own):
            yield f"{what}-only-theirs", f"{other[number][:SHOWN]!r}"
            return
        if number >= len(other):
            yield f"{what}-only-ours", f"{own[number][:SHOWN]!r}"
            return
        if not fits(own[number], other[number]):
            yield f"{what}-differs", f"{own[number][:SHOWN]!r} and theirs {other[number][:SHOWN]!r}"
            return


def _runs(codes):
    """Codes without repetition: tshark tells the code of a reply again in each frame that brings lines of it."""
    return [code for code, _ in itertools.groupby(codes)]


def differences(own, other):
    """What of a session the two tell differently, as (class, words)."""
    if own is None or other is None:
        yield ("session-only-theirs" if own is None else "session-only-ours"), \
            f"{(own or other).commands[:2]} {(own or other).answers[:2]} {(own or other).tls}"[:200]
        return
    yield from _lines("command", own.commands, other.commands)
    yield from _lines("code", _runs(own.codes), _runs(other.codes))
    yield from _lines("answer", own.answers, other.answers)
    for field in TLS:
        if own.tls.get(field) != other.tls.get(field):
            yield field, f"{own.tls.get(field)!r} and theirs {other.tls.get(field)!r}"
    if own.certificates != other.certificates:
        yield "certificates", f"{len(own.certificates)} and theirs {len(other.certificates)}"
