"""NNTP: the reader of INN, with Python's nntplib, or what talk.py says."""
import functools
import sys

import daemons
from lab import scenario, secret

sample = functools.partial(scenario, folder="protocols")
ENDS = r"(?ms)^(?!101)\d\d\d [^\n]*\n|^101.*?^\.\r\n"
# takes TLS where it is on offer, unless told not to
CLIENT = """
import nntplib, ssl, sys, warnings
user, password, wish = sys.argv[1:]
news = nntplib.NNTP("198.51.100.25")
if wish != "never" and "STARTTLS" in news.getcapabilities():
    news.starttls(ssl._create_unverified_context())
try:
    news.login(user, password)
    news.group("example.tides")
except nntplib.NNTPError as refused:
    print(refused)
news.quit()
"""


def serve(lab, tls=True, middle=None, **settings):
    if middle:
        lab.through(middle, port=119)
    else:
        lab.direct()
    certificate = lab.certificate("news.example.net") if tls else None
    account = ("ada", secret("Opal"))
    lab.serve(daemons.nnrpd, account=account, certificate=certificate, **settings)


def read(lab, wish):
    return lab.client(sys.executable, "-W", "ignore", "-c", CLIENT, "ada", secret("Opal"), wish)


@sample(b"STARTTLS\r\n", b"382 ")
def nntp_starttls(lab):
    serve(lab)
    with lab.capture():
        read(lab, "tls")


@sample(b"STARTTLS\r\n", b"AUTHINFO USER ada", b"AUTHINFO PASS ", b"281 ")
def nntp_refused(lab):
    """INN offers TLS without a certificate."""
    serve(lab, tls=False)
    login = ("AUTHINFO USER ada", "AUTHINFO PASS " + secret("Opal"))
    with lab.capture():
        lab.talk("CAPABILITIES", "STARTTLS", *login, "QUIT", port=119, until=ENDS)


@sample(b"authinfo user ada", b"authinfo pass ", b"281 ")
def nntp_ignored(lab):
    serve(lab)
    with lab.capture():
        read(lab, "never")


@sample(b"authinfo user ada", b"483 ")
def nntp_user_refused(lab):
    serve(lab, required="true")
    with lab.capture():
        read(lab, "never")


@sample(b"authinfo user ada", b"authinfo pass ", b"281 ")
def nntp_stripped(lab):
    serve(lab, middle="strip-nntp")
    with lab.capture("middle", lacks=(b"STARTTLS",)):
        read(lab, "tls")
