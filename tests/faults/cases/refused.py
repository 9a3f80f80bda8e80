"""Allocations that are refused, one at a time or all from one on: no crash, no finding that the frames do not bear out, what
is missing is said, and the same command completes the database afterwards."""
import collections
import os

from cases import case
from place import FULL, ROOT, Failed, Skipped, check, query

CAPTURES = [f"{ROOT}/samples/{name}" for name in ("starttls-tls12.pcap", "auth-plain-before-tls.pcap", "vlan-tagged.pcap.gz",
                                                  "any-interface.pcap.zst", "stripped-one-file.pcapng")]
ROUNDS = {  # whose allocations: how many of them in short, and in full (0: each)
    "program": (24, 0),
    "libsqlite3": (6, 400),
    "libcrypto": (6, 400),
    "libpcap libz libzstd": (3, 0),
}  # others do not survive a refusal themselves: libndpi, and what runs in constructors of libraries
BEGUN = {"libcrypto": 200}  # allocations by which it has set itself up: it reads locks through NULL when one of those is refused
SAID = "SELECT s.capture, s.client_port, kind FROM v_session AS s LEFT JOIN v_finding USING (session_id)"
LACKS = "capture-limits-hit"


def _environment(here, to, at, every):
    environment = dict(os.environ, LD_PRELOAD=f"{here.build}/tests/faults/refuse.so", REFUSE_TO=to, REFUSE_AT=str(at),
                       REFUSE_COUNT=f"{here.work}/count")
    if every:
        environment["REFUSE_ALL"] = "1"
    return environment


def _findings(database):
    told = collections.defaultdict(set)
    for capture, port, kind in query(database, SAID):
        told[capture, port].add(kind)
    return dict(told)


def _check_told(database, whole, ended, what):
    """Nothing invented; where something is missing, the run or the session says so.  Returns the client ports of sessions that
    memory cut; those stay as they were stored."""
    tables = os.path.exists(database) and query(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'v_finding'")[0][0]
    told = _findings(database) if tables else {}
    for session, kinds in told.items():
        invented = kinds - whole[session] - {LACKS, None}
        check(not invented, f"{what}: invented {sorted(invented)} of {session}")
        missing = whole[session] - kinds
        said = ended.status == 1 or LACKS in kinds or "not followed" in ended.words
        check(not missing or said, f"{what}: {sorted(missing)} of {session} missing unsaid")
    check(set(told) == set(whole) or ended.words, f"{what}: {len(told)} sessions of {len(whole)}, and not a word")
    return {port for (_, port), kinds in told.items() if LACKS in kinds}


def _refuse(here, folder, to, at, every, whole, wanted):
    what = f"REFUSE_TO='{to}' REFUSE_AT={at}{' REFUSE_ALL=1' if every else ''}"
    database = f"{folder}/x.db"
    ended = here.run("read", "-d", database, "-j", "2", *CAPTURES, env=_environment(here, to, at, every))
    check(ended.status in (0, 1), f"{what}: ended with {ended.status}: {ended.words[-300:]}")
    check(ended.status == 0 or "starttrace: " in ended.words, f"{what}: failed without a word")
    check("not an error" not in ended.words, f"{what}: {ended.words}")
    lacking = _check_told(database, whole, ended, what)
    if ended.status == 1:
        here.read(database, *CAPTURES)
        here.check_whole(database, what)
        here.check_same(database, wanted, f"after {what}", lacking)
    return ended.status


def _clean(folder):
    for name in os.listdir(folder):
        if name.startswith("x."):
            os.unlink(f"{folder}/{name}")


@case
def refused(here):
    if here.sanitized:
        raise Skipped("a sanitizer has an allocator of its own")
    folder, did, wrong = here.folder("refused"), [], 0
    here.read(f"{folder}/whole.db", *CAPTURES)
    whole, wanted = _findings(f"{folder}/whole.db"), here.said(f"{folder}/whole.db")
    for to, (short, full) in ROUNDS.items():
        here.run("read", "-d", f"{folder}/x.db", "-j", "2", *CAPTURES, env=_environment(here, to, 0, False))
        _clean(folder)
        with open(f"{here.work}/count", encoding="ascii") as file:
            count = int(file.read())
        rounds = full if FULL else short
        places = range(1 + BEGUN.get(to, 0), count + 1)
        if 0 < rounds < count:
            places = sorted(here.random.sample(places, rounds))
        failed = 0
        for at in places:
            for every in (False, True)[:1 + FULL]:
                try:
                    failed += _refuse(here, folder, to, at, every, whole, wanted)
                except Failed as failure:
                    wrong += 1
                    print(f"    {failure}", flush=True)
                _clean(folder)
        did.append(f"{to.split()[0]} {len(places)} of {count}, {failed} runs failed")
    check(wrong == 0, f"{wrong} refusals were not borne")
    return "; ".join(did)
