"""Captures made to take all memory: what is resident stays below the cap and a stated room beside it, the reading ends, and
the real sessions in between are judged as they are without the rest."""
import multiprocessing
import subprocess

import shapes
from cases import case
from place import FULL, MIB, check, query

CAP = 64 * MIB
BESIDES = 64 * MIB  # beyond --max-memory: program, libraries, what waits for the database, SQLite's cache
WINDOW = 128 * MIB  # and where zstd's format lets a file ask for it
SESSIONS = 200

FACTS = """SELECT client_ip, client_port, verdict, complete, credentials_in_clear,
    (SELECT group_concat(kind, ' ') FROM (SELECT kind FROM v_finding WHERE session_id = s.session_id ORDER BY 1))
    FROM v_session AS s WHERE client_ip NOT LIKE '198.18.%' AND client_ip NOT LIKE '198.19.%' ORDER BY 1, 2, 3, 4, 5, 6"""


def aside(function, *arguments):
    """What takes memory of its own is done by another process: a child is charged with what its parent held."""
    process = multiprocessing.Process(target=function, args=arguments)
    process.start()
    process.join()
    check(process.exitcode == 0, f"{function.__name__} failed")


def _make(here, name, path, mail):
    with open(mail, "rb") as file:
        frames = sum(1 for _ in shapes.records(file.name))
    flood = shapes.FLOODS[name][FULL]
    share = max(1, sum(1 for _ in flood()) // frames)
    shapes.among(path, mail, flood(), share)


def check_memory(here, ended, name, room=0):
    limit = CAP + BESIDES + room
    check(here.sanitized or ended.peak <= limit,
          f"{name}: {ended.peak // MIB} MiB resident, {limit // MIB} allowed")


def _check_real(here, folder, name, mail):
    here.read(f"{folder}/alone.db", mail)
    real, judged = query(f"{folder}/alone.db", FACTS), query(f"{folder}/{name}.db", FACTS)
    lost = [row for row in real if row not in judged]
    check(len(real) >= SESSIONS // 2, f"{len(real)} sessions are too few to compare")
    check(not lost, f"{name}: {len(lost)} of {len(real)} real sessions are judged otherwise: {lost[:2]} "
          f"{[row for row in judged if row[:2] == lost[0][:2]][:1] if lost else ''}")


def flooded(name):
    def run(here):
        folder = here.folder(name)
        mail = here.load(SESSIONS)
        aside(_make, here, name, f"{folder}/in.pcap", mail)
        ended = here.run("read", "-d", f"{folder}/{name}.db", "--max-memory", f"{CAP // MIB}M", "-j", "2",
                         f"{folder}/in.pcap")
        check(ended.status == 0, f"{name}: ended with {ended.status}: {ended.words[-500:]}")
        check_memory(here, ended, name)
        here.check_whole(f"{folder}/{name}.db", f"after {name}")
        _check_real(here, folder, name, mail)
        return f"{ended.peak // MIB} MiB at most, {ended.processor:.1f} s of processor"

    run.__name__ = f"hostile_{name}"
    run.__doc__ = getattr(shapes, name.replace("-", "_")).__doc__
    return run


for flood in shapes.FLOODS:
    case(flooded(flood))


@case
def hostile_bomb(here):
    """A gzip file that unpacks to a thousand times its size, and a zstd file whose window is as large as may be."""
    folder, mail = here.folder("bomb"), here.load(SESSIONS)
    aside(shapes.bomb, f"{folder}/in.pcap.gz", mail, 100000 if FULL else 2000)
    ended = here.read(f"{folder}/bomb.db", "--max-memory", f"{CAP // MIB}M", f"{folder}/in.pcap.gz")
    check_memory(here, ended, "a gzip bomb")
    _check_real(here, folder, "bomb", mail)
    subprocess.run(f"gzip -dc {folder}/in.pcap.gz | zstd -q --long=27 -o {folder}/in.pcap.zst", shell=True, check=True)
    wide = here.read(f"{folder}/wide.db", "--max-memory", f"{CAP // MIB}M", f"{folder}/in.pcap.zst")
    check_memory(here, wide, "a zstd bomb", WINDOW)
    subprocess.run(f"gzip -dc {folder}/in.pcap.gz | zstd -q --long=31 -o {folder}/wide.pcap.zst", shell=True, check=True)
    refused = here.run("read", "-d", f"{folder}/wide.db", "--max-memory", f"{CAP // MIB}M", f"{folder}/wide.pcap.zst")
    check(refused.status == 1 and "128 MiB" in refused.words, f"a window of 2 GiB: {refused.status} {refused.words}")
    check_memory(here, refused, "a zstd file with a window of 2 GiB")
    return f"gzip {ended.peak // MIB} MiB, zstd {wide.peak // MIB} MiB at most"


@case
def hostile_file(here):
    """Files that lie about sizes: a frame as large as the file, very many interfaces."""
    folder, peaks = here.folder("file"), []
    aside(shapes.noise, f"{folder}/noise.pcap", here.seed, 200 * MIB if FULL else 100 * MIB)
    aside(shapes.interfaces, f"{folder}/interfaces.pcapng", 1000 if FULL else 200, 4000)
    for name in ("noise.pcap", "interfaces.pcapng"):
        ended = here.run("read", "-d", f"{folder}/x.db", "--max-memory", f"{CAP // MIB}M", f"{folder}/{name}")
        check(ended.status in (0, 1), f"{name}: ended with {ended.status}: {ended.words[-500:]}")
        check_memory(here, ended, name)
        peaks.append(f"{name} {ended.peak // MIB} MiB")
    return ", ".join(peaks)
