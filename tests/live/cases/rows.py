"""What is seen live is what reading the same frames from a file gives."""
from cases import case
from frames import frame_count
from place import SERVER, SERVER_TWO, check
from sensor import Sensor, check_same, starttrace
from traffic import TALKS, TALKS_TWO, Recorder, feed, mail_server, mirror, talk_all, talk_by_ipv6


# As the recorder does: what the sensor's own filter passes besides, as a host's reports of IPv6 groups, counts as frames.
RECORDED = ("-f", "tcp")


def read(here, name, *captures):
    """A database made by reading files."""
    database = f"{here.folder(name)}/read.db"
    starttrace(here, "read", "-d", database, *captures)
    return database


@case("postfix", "swaks", "tcpdump", "openssl", "saslpasswd2")
def same_rows(here):
    """Real servers and clients, one engine and three, one interface and two."""
    folder = here.folder("mail")
    mail_server(here, folder)
    mirror(here, "mail0", "feed0")
    mirror(here, "mail1", "feed1")
    one, three = Sensor(here, *RECORDED), Sensor(here, *RECORDED, "-j", "3")
    both = Sensor(here, *RECORDED, interfaces=["mirror0", "mirror1"])
    recorders = [Recorder(here, name, f"{folder}/{name}.pcap") for name in ("mirror0", "mirror1")]
    talk_all(here, TALKS)
    talk_by_ipv6(here)
    talk_all(here, TALKS_TWO)
    files = [recorder.stop() for recorder in recorders]
    one.wait_frames(frame_count(files[0]))
    for sensor in (one, three, both):
        sensor.stop()

    first = read(here, "first", files[0])
    check_same(one.database, first)
    check_same(three.database, first)
    plain = {"session_id", "finding_id", "capture", "vantage"}
    check_same(both.database, read(here, "both", *files), ("v_session", "v_finding"), plain)

    sessions = one.one("SELECT count(*) FROM v_session WHERE complete = 'full'")
    check(sessions == len(TALKS) + 1, f"{sessions} whole sessions of {len(TALKS) + 1} talks")
    check(one.one("SELECT count(*) FROM v_session WHERE tls_established") == 5, "not five sessions had TLS")
    check(one.one("SELECT count(*) FROM v_finding WHERE kind = 'cred-plaintext-accepted'") == 1,
          "the login in clear was not found")
    seen = dict(both.query("SELECT server_ip, vantage FROM v_session WHERE server_ip LIKE '%.%'"))
    check(seen == {SERVER: "mirror0", SERVER_TWO: "mirror1"}, f"sessions by interface: {seen}")


@case("tcpreplay", "tcpdump")
def same_rows_of_samples(here):
    """Samples replayed at a rate that is fine: nothing lost, and the rows of the file, with one engine or four."""
    path = here.load(400)
    one, four = Sensor(here, *RECORDED), Sensor(here, *RECORDED, "-j", "4")
    recorder = Recorder(here, "mirror0", f"{one.folder}/seen.pcap")
    sent = feed(here, path, "--pps", "10000")
    one.wait_frames(sent)
    four.wait_frames(sent)
    seen = recorder.stop()
    for sensor in (one, four):
        check(sensor.frames() == (sent, 0), f"{sensor.frames()} frames taken and dropped of {sent}")
        sensor.stop()
    database = read(here, "read", seen)
    check_same(one.database, database)
    check_same(four.database, database)
