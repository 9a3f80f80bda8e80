"""Others that hold a lock on the database: a run waits for those that let go, and says what keeps it from writing."""
import os
import sqlite3
import threading
import time

from cases import case
from cases.stored import undisturbed
from place import FULL, Skipped, check

SESSIONS = 1500
PATIENCE = 5.0  # seconds for which SQLite waits


def _take(database, begin):
    """A connection that holds what the words take, or None."""
    if not os.path.exists(database):
        return None
    connection = sqlite3.connect(f"file:{database}?mode=rw", uri=True, isolation_level=None, timeout=0.01)
    try:
        connection.execute(begin)
        # a read transaction begins with the first look
        connection.execute("SELECT count(*) FROM v_session").fetchall()
        return connection
    except sqlite3.OperationalError:
        connection.close()
        return None


class Holder:
    """Takes a lock in a thread of its own as soon as the database is there, and lets go after so many seconds."""

    def __init__(self, database, begin, seconds):
        self.held = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._hold, args=(database, begin, seconds))
        self._thread.start()

    def _hold(self, database, begin, seconds):
        while not self._over.is_set():
            connection = _take(database, begin)
            if connection:
                break
            time.sleep(0.002)
        else:
            return
        self.held = True
        self._over.wait(seconds)
        connection.execute("ROLLBACK")
        connection.close()

    def end(self):
        self._over.set()
        self._thread.join()
        return self.held


def disturbed(here, begin, seconds):
    """A run beside one that holds a lock for so long: how it ended, its database and what it should hold."""
    folder = here.folder("locked")
    captures = (here.load(SESSIONS), here.load(SESSIONS // 3, SESSIONS))
    wanted, _ = undisturbed(here, folder, captures)
    database = f"{folder}/shared.db"
    here.read(database, captures[1])
    holder = Holder(database, begin, seconds)
    while not holder.held:
        time.sleep(0.002)
    ended = here.run("read", "-d", database, *captures)
    check(holder.end(), "no lock was held")
    return ended, database, captures, wanted


@case
def reader_begins(here):
    """Somebody begins to read while a run writes, and goes on until after it: writing goes on beside him."""
    folder = here.folder("locked")
    captures = (here.load(SESSIONS),)
    wanted, _ = undisturbed(here, folder, captures)
    database = f"{folder}/shared.db"
    holder = Holder(database, "BEGIN", 600)
    ended = here.run("read", "-d", database, *captures)
    check(ended.status == 0, f"read ended with {ended.status} beside a reader: {ended.words}")
    here.check_whole(database, "beside a reader")
    here.check_same(database, wanted, "beside a reader")
    check(holder.end(), "nobody was reading")
    here.read(database, *captures)
    left = [name for name in os.listdir(folder) if name.startswith("shared") and name != "shared.db"]
    check(not left, f"left behind when he had gone: {left}")
    return f"read in {ended.seconds:.1f} s"


@case
def reader_stays(here):
    """Somebody reads from before the run until after it: said in words that are true, and completed afterwards."""
    if not FULL:
        raise Skipped(f"waits for {PATIENCE:g} s and more; FULL=1 runs it")
    ended, database, captures, wanted = disturbed(here, "BEGIN", 600)
    check(ended.status == 1 and "another program is using this database" in ended.words,
          f"read ended with {ended.status} and said {ended.words!r}")
    here.read(database, *captures)
    here.check_whole(database, "after a reader")
    here.check_same(database, wanted, "after a reader")
    return f"refused after {ended.seconds:.1f} s"


@case
def writer_lets_go(here):
    """Somebody writes for less time than a run waits: it waits, and nothing is lost."""
    ended, database, _, wanted = disturbed(here, "BEGIN IMMEDIATE", here.random.uniform(0.5, PATIENCE / 2))
    check(ended.status == 0, f"read ended with {ended.status} behind a writer: {ended.words}")
    here.check_whole(database, "behind a writer")
    here.check_same(database, wanted, "behind a writer")
    return f"read in {ended.seconds:.1f} s"


@case
def writer_stays(here):
    """Somebody writes for longer: said, and the same command completes it afterwards."""
    if not FULL:
        raise Skipped(f"waits for {PATIENCE:g} s and more; FULL=1 runs it")
    ended, database, captures, wanted = disturbed(here, "BEGIN IMMEDIATE", 600)
    check(ended.status == 1 and "another program is using" in ended.words,
          f"read ended with {ended.status} and said {ended.words!r}")
    here.read(database, *captures)
    here.check_whole(database, "after a writer")
    here.check_same(database, wanted, "after a writer")
    return f"refused after {ended.seconds:.1f} s"
