"""Runs that are killed, and disks that are full: what was committed stays, and the same command completes it."""
import os
import resource
import signal
import subprocess
import time

from cases import case
from place import FULL, MIB, Skipped, check, query

SESSIONS = 2500  # some commits' worth
ROUNDS = 200 if FULL else 4


def undisturbed(here, folder, captures):
    """What a reading says that nobody disturbs, and how long it takes."""
    ended = here.read(f"{folder}/whole.db", "-j", "2", *captures)
    wanted = here.said(f"{folder}/whole.db")
    check(len(wanted) > SESSIONS, f"{len(wanted)} rows are too few to compare")
    return wanted, ended.seconds


def committed(database):
    """How many sessions are in a database that a killed run may have left without tables."""
    tables = query(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'session'")[0][0]
    return query(database, "SELECT count(*) FROM session")[0][0] if tables else 0


@case
def killed(here):
    """Killed with -9 at a random moment, up to three times: sound at once, and complete after the same command."""
    folder = here.folder("killed")
    captures = here.load(SESSIONS), here.load(SESSIONS // 4, SESSIONS)
    wanted, seconds = undisturbed(here, folder, captures)
    survived = halves = 0
    while survived < ROUNDS:
        database = f"{folder}/{survived}.db"
        for _ in range(here.random.choice((1, 1, 2, 3))):
            process, wait = here.start("read", "-d", database, "-j", here.random.choice("124"), *captures)
            time.sleep(here.random.uniform(0, seconds))
            os.kill(process.pid, signal.SIGKILL)  # not send_signal, which would reap it
            if wait().status != -signal.SIGKILL:
                continue  # it was over
            survived += 1
            if os.path.exists(database):
                check(query(database, "PRAGMA integrity_check") == [("ok",)], f"the database is broken after kill {survived}")
                halves += committed(database) > 0
            if survived % 50 == 0:
                print(f"    {survived} kills", flush=True)
        here.read(database, *captures)
        here.check_whole(database, f"after kill {survived}")
        here.check_same(database, wanted, f"after kill {survived}")
        for name in os.listdir(folder):
            if not name.startswith("whole"):
                os.unlink(f"{folder}/{name}")
    return f"{survived} kills, {halves} of them with a part committed"


def limited(bytes_most):
    """For a child: no file grows beyond this, and writing there fails as on a full disk."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_most, bytes_most))

    return limit


def refuse_then_complete(here, database, captures, why, make_room=None, **options):
    """One run without room: says so and leaves a sound database; whether it failed at all.  Without any room SQLite cannot
    look into a database that has a log beside it."""
    ended = here.run("read", "-d", database, *captures, **options)
    check(ended.status in (0, 1), f"ended with {ended.status} {why}: {ended.words[-300:]}")
    if ended.status == 1:
        check(any(word in ended.words for word in ("full", "space", "large", "I/O")), f"not said {why}: {ended.words}")
    if make_room is not None:
        make_room()
    if os.path.exists(database) and os.path.getsize(database) > 0:
        check(query(database, "PRAGMA integrity_check") == [("ok",)], f"the database is broken {why}")
    return ended.status == 1


@case
def file_limit(here):
    """No file may grow beyond a random size: said, sound, and complete once it may."""
    folder = here.folder("limit")
    captures = (here.load(SESSIONS),)
    wanted, _ = undisturbed(here, folder, captures)
    size, failed = os.path.getsize(f"{folder}/whole.db"), 0
    for number in range(ROUNDS):
        database, most = f"{folder}/{number}.db", int(here.random.uniform(0, size * 1.05))
        why = f"with files of {most} bytes at most"
        failed += refuse_then_complete(here, database, captures, why, preexec_fn=limited(most))
        here.read(database, *captures)
        here.check_whole(database, why)
        here.check_same(database, wanted, why)
        os.unlink(database)
    check(failed >= ROUNDS // 2, f"only {failed} of {ROUNDS} runs were short of room")
    return f"{failed} of {ROUNDS} runs were short of room"


@case
def disk_full(here):
    """A file system of random size: said, sound, and complete in the same place once there is room."""
    folder = here.folder("disk")
    captures = (here.load(SESSIONS),)
    wanted, _ = undisturbed(here, folder, captures)
    size, failed, small = os.path.getsize(f"{folder}/whole.db"), 0, f"{folder}/small"
    os.makedirs(small)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "tmpfs", small], capture_output=True).returncode != 0:
        raise Skipped("needs root and a tmpfs")
    here.at_end(subprocess.run, ["umount", "-l", small])

    def make_room():
        subprocess.run(["mount", "-o", f"remount,size={64 * MIB + 4 * size}", small], check=True)

    for number in range(ROUNDS):
        room = int(here.random.uniform(4096, size * 1.5))
        subprocess.run(["mount", "-o", f"remount,size={room}", small], check=True)
        why = f"on a disk of {room} bytes"
        failed += refuse_then_complete(here, f"{small}/x.db", captures, why, make_room)
        here.read(f"{small}/x.db", *captures)
        here.check_whole(f"{small}/x.db", why)
        here.check_same(f"{small}/x.db", wanted, why)
        check(os.listdir(small) == ["x.db"], f"left behind {why}: {os.listdir(small)}")
        os.unlink(f"{small}/x.db")
    check(failed >= ROUNDS // 3, f"only {failed} of {ROUNDS} runs were short of room")
    return f"{failed} of {ROUNDS} runs were short of room"
