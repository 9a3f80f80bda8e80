"""FTP: vsftpd, with curl, Python's ftplib, or what talk.py says."""
import functools
import sys

import daemons
from lab import scenario, secret

sample = functools.partial(scenario, folder="protocols")
FETCH = """
import ftplib, sys
ftp = ftplib.FTP("198.51.100.25")
ftp.login(*sys.argv[1:])
ftp.retrlines("RETR tides")
ftp.quit()
"""


def serve(lab, tls=True, middle=None, **settings):
    if middle:
        lab.through(middle, port=21)
    else:
        lab.direct()
    certificate = lab.certificate("ftp.example.net") if tls else None
    account = ("ada", secret("Malachit"))
    lab.serve(daemons.vsftpd, account=account, certificate=certificate, **settings)


def curl(lab, *options, url="ftp://ftp.example.net/tides"):
    account = f"ada:{secret('Malachit')}"
    return lab.client("curl", "-4sSv", url, "--user", account, "--insecure", *options)


@sample(b"AUTH SSL\r\n", b"234 Proceed with negotiation.")
def ftp_auth_tls(lab):
    """The data channel has TLS as well."""
    serve(lab)
    with lab.capture(lacks=(b"High water",)):
        curl(lab, "--ssl-reqd")


@sample(b"AUTH SSL\r\n", b"234 Proceed with negotiation.", b"High water at noon.")
def ftp_data_clear(lab):
    """The client asks for TLS on the control channel alone."""
    serve(lab)
    with lab.capture():
        curl(lab, "--ftp-ssl-control")


@sample(b"AUTH SSL\r\n", b"AUTH TLS\r\n", b"530 ", b"PASS ", b"230 ", b"High water at noon.")
def ftp_refused(lab):
    """vsftpd without TLS takes AUTH for a command of those who are logged in."""
    serve(lab, tls=False)
    with lab.capture():
        curl(lab, "--ssl")


@sample(b"USER ada\r\n", b"PASS ", b"230 ", b"High water at noon.")
def ftp_ignored(lab):
    serve(lab)
    with lab.capture(lacks=(b"AUTH",)):
        lab.client(sys.executable, "-c", FETCH, "ada", secret("Malachit"))


@sample(b"AUTH TLS", b"USER ada\r\n", b"PASS ", b"530 ")
def ftp_login_despite_530(lab):
    serve(lab, force_local_logins_ssl="YES")
    steps = ("FEAT", "USER ada", f"PASS {secret('Malachit')}")
    with lab.capture():
        lab.talk(*steps, port=21, until=r"(?m)^\d\d\d .*\n")


@sample(b"USER anonymous\r\n", b"PASS anonymous@\r\n", b"230 ", b"High water at noon.")
def ftp_anonymous(lab):
    serve(lab, anonymous_enable="YES")
    with lab.capture():
        lab.client(sys.executable, "-c", FETCH)


@sample(b"AUTH SSL\r\n", b"500 Unknown command.", b"PASS ", b"230 ")
def ftp_stripped(lab):
    serve(lab, middle="refuse-ftp")
    with lab.capture("middle"):
        curl(lab, "--ssl", "--head", url="ftp://ftp.example.net/")


@sample()
def ftp_implicit(lab):
    serve(lab, implicit_ssl="YES", listen_port="990")
    with lab.capture(lacks=(b"High water", b"220 ")):
        curl(lab, url="ftps://ftp.example.net/tides")
