"""The database: killed runs, full disks, old rows, readers beside the writer."""
import os
import signal
import subprocess
import threading
import time

from cases import case
from place import USER_ID, check, wait_for
from sensor import Sensor, query, starttrace
from traffic import feed, feed_aside, fill
from world import run

KEYS = "SELECT client_ip, client_port, server_ip, server_port, started_at FROM v_session"


def check_whole(database):
    check(query(database, "PRAGMA integrity_check") == [("ok",)], "the database is broken")
    check(query(database, "PRAGMA foreign_key_check") == [], "rows refer to what is not there")
    double = query(database, f"SELECT * FROM ({KEYS}) GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1")
    check(not double, f"sessions twice: {double[:3]}")


@case("tcpreplay")
def killed(here):
    """Killed in the middle and started again: nothing twice, nothing broken, nothing gone that was committed."""
    folder = here.folder("killed")
    database = f"{folder}/live.db"
    before = set()
    for attempt in range(3):
        sensor = Sensor(here, folder=folder, database=database)
        feeding = feed_aside(here, here.load(1500, attempt * 1500), "--pps", "20000")
        wait_for(lambda: sensor.one("SELECT count(*) FROM v_session") > len(before), "sessions in the database")
        time.sleep(0.3 * attempt)
        before = set(sensor.query(KEYS))
        sensor.send(signal.SIGKILL)
        sensor.process.wait()
        feeding.wait(30)
        lost = before - set(query(database, KEYS))
        check(not lost, f"{len(lost)} committed sessions are gone after kill -9")
        check_whole(database)
    last = Sensor(here, folder=folder, database=database)
    sent = feed(here, here.load(300, 9000))
    last.wait_frames(sent)
    last.stop()
    check_whole(database)
    check(before <= set(query(database, KEYS)), "sessions of killed runs are gone")
    check(query(database, "SELECT count(*) FROM run") == [(4,)], "not four runs")


@case("tcpreplay", "mount")
def disk_full(here):
    """A full disk is said; capture goes on, and all sessions are stored when there is room again."""
    folder = here.folder("disk")
    small = f"{folder}/small"
    os.makedirs(small)
    run("mount", "-t", "tmpfs", "-o", f"size=64m,mode=755,uid={USER_ID},gid={USER_ID}", "tmpfs", small)
    here.at_end(run, "umount", "-l", small)
    sensor = Sensor(here, folder=folder, database=f"{small}/live.db")
    free = Sensor(here)
    sent = feed(here, here.load(300), "--pps", "10000")
    sensor.wait_frames(sent)
    sensor.wait_stored()
    fill(f"{small}/filler", leave=64 * 1024)
    sent += feed(here, here.load(2000, 20000), "--pps", "10000")
    for watching in (sensor, free):
        watching.wait_frames(sent)
    wait_for(lambda: sensor.metric("starttrace_store_failing") == 1, "word that the disk fails", 15, 0.2)
    check(sensor.page("/healthz")[0] == 503, f"/healthz answers {sensor.page('/healthz')} while the disk fails")
    check("full" in sensor.words().lower(), f"does not say that the disk is full: {sensor.words()}")
    said = sensor.words().lower().count("full")
    check(said <= 3, f"said {said} times that the disk is full")
    check(sensor.process.poll() is None, "ended on a full disk")
    check(sensor.frames() == (sent, 0), f"{sensor.frames()} frames taken and dropped of {sent}")
    os.unlink(f"{small}/filler")
    wait_for(lambda: sensor.metric("starttrace_store_failing") == 0, "word that the disk works again", 15, 0.2)
    sensor.wait_stored()
    check(sensor.page("/healthz")[0] == 200, "not healthy with room on the disk")
    sensor.stop()
    free.stop()
    check_whole(sensor.database)
    both = (sensor.one("SELECT count(*) FROM v_session"), free.one("SELECT count(*) FROM v_session"))
    check(both[0] == both[1], f"{both[0]} sessions stored, {both[1]} by a sensor that had room")
    both = (sensor.one("SELECT count(*) FROM v_finding"), free.one("SELECT count(*) FROM v_finding"))
    check(both[0] == both[1], f"{both[0]} findings stored, {both[1]} by a sensor that had room")


def check_no_orphans(database, table, session):
    orphans = query(database, f"SELECT count(*) FROM {table} WHERE {session} NOT IN (SELECT id FROM session)")[0][0]
    check(orphans == 0, f"{orphans} rows of {table} without a session")


@case("tcpreplay")
def retained(here):
    """Old sessions go while it watches, newer ones stay with their findings, and the file does not grow."""
    folder = here.folder("retained")
    database = f"{folder}/live.db"
    starttrace(here, "read", "-d", database, here.load(1500))
    os.chown(database, USER_ID, USER_ID)
    first = Sensor(here, folder=folder, database=database)
    sent = feed(here, here.load(300))
    first.wait_frames(sent)
    first.stop()
    today = "FROM v_session WHERE started_at > strftime('%Y-%m-%d', 'now', '-1 day')"
    newer = query(database, f"SELECT count(*) {today}")[0][0]
    findings = f"SELECT session_id, kind, severity, confidence, score, evidence FROM v_finding WHERE session_id IN " \
        f"(SELECT session_id {today}) ORDER BY 1, 2, 3, 4, 5, 6"
    held = query(database, findings)
    check(newer > 0 and held, "nothing new to keep")
    size = os.path.getsize(database)

    sensor = Sensor(here, "--retain", "1", folder=folder, database=database)
    old = "SELECT count(*) FROM v_session WHERE started_at < '2024-06-01'"
    check(sensor.one("SELECT count(*) FROM v_session") > newer, "nothing old to give up")
    wait_for(lambda: sensor.one(old) == 0, "no old sessions", 20, 0.2)
    check(query(database, findings) == held, "findings of newer sessions changed with what was pruned")
    sent = feed(here, here.load(1200, 30000), "--pps", "10000")
    sensor.wait_frames(sent)
    sensor.stop()
    check_whole(database)
    check(sensor.one(f"SELECT count(*) {today}") > newer, "nothing was added")
    grown = os.path.getsize(database) / size
    check(grown < 1.15, f"the file grew to {grown:.2f} of its size although as much was given up")
    for table in ("dialogue", "credential", "footprint", "hindsight_session", "session_certificate"):
        check_no_orphans(database, table, "session_id")
    for table in ("finding", "signal"):
        check_no_orphans(database, table, "id / 1000")


REPORT = "SELECT severity, count(*) FROM v_finding GROUP BY severity; " \
    "SELECT verdict, count(*), max(ended_at) FROM v_session GROUP BY verdict;"


@case("tcpreplay", "sqlite3")
def readers(here):
    """Somebody runs SQL all the while: never an error, and nothing is lost.

    With a time-out as the manual advises: of two shells that open and close a database at once one may find it locked
    for a moment, whoever else uses it.
    """
    sensor = Sensor(here)
    failures, rounds, over = [], [], threading.Event()

    def ask():
        while not over.is_set():
            done = subprocess.run(["sqlite3", "-cmd", ".timeout 2000", sensor.database, REPORT], capture_output=True,
                                  text=True, check=False)
            rounds.append(done.stdout)
            if done.returncode != 0 or done.stderr:
                failures.append(done.stderr)

    here.at_end(over.set)
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    sent = feed(here, here.load(2000), "--pps", "10000")
    sensor.wait_frames(sent)
    sensor.wait_stored()
    sensor.stop()
    over.set()
    for thread in threads:
        thread.join()
    check(not failures, f"{len(failures)} of {len(rounds)} reports failed: {failures[:1]}")
    check(len(rounds) > 10, f"only {len(rounds)} reports")
    check(sensor.one("SELECT sum(kernel_drops) FROM v_capture_minute") == 0, "frames dropped")
    check(sensor.one("SELECT sum(frames) FROM v_capture_minute") == sent, "frames not counted")
    alone = f"{sensor.folder}/alone.db"
    starttrace(here, "read", "-d", alone, here.load(2000))
    # a silence of seconds in the file is one of microseconds on the link
    spoken = "SELECT count(*) FROM v_session WHERE verdict <> 'no-dialogue'"
    both = sensor.one(spoken), query(alone, spoken)[0][0]
    check(both[0] == both[1], f"{both[0]} sessions beside readers, {both[1]} read from the file")
    check_whole(sensor.database)
