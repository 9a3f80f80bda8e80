"""LMTP and submission: Dovecot, with Postfix, swaks, or what talk.py says."""
import functools

from lab import plain, scenario, secret

ADA, BOB = "ada@example.net", "bob@example.com"
sample = functools.partial(scenario, folder="protocols")
TO_LMTP = {
    "default_transport": "lmtp:inet:mail.example.net:24",
    "relayhost": "",
    "lmtp_host_lookup": "native",
    "inet_protocols": "ipv4",
    "lmtp_bind_address": "192.0.2.25",
}


def deliver(lab, level, middle=None, tls=True):
    """A Postfix hands a message over to a Dovecot, as it does where mailboxes have a machine of their own."""
    if middle:
        lab.through(middle, port=24)
    else:
        lab.direct()
    certificate = lab.certificate() if tls else None
    lab.dovecot(protocols="lmtp", certificate=certificate, accounts={BOB: secret("Jaspis")})
    lab.relay(**TO_LMTP, lmtp_tls_security_level=level)
    with lab.capture("middle" if middle else "client"):
        lab.relay_mail(domain="example.com")
        lab.wait_for("status=sent")


@sample(b"LHLO ", b"250 STARTTLS", b"STARTTLS\r\n", b"220 ")
def lmtp_starttls(lab):
    deliver(lab, "may")


@sample(b"LHLO ", b"STARTTLS\r\n", b"454 4.7.0 TLS not available", b"DATA\r\n", b"250 2.0.0 ")
def lmtp_refused(lab):
    deliver(lab, "may", middle="refuse")


@sample(b"LHLO ", b"250 STARTTLS", b"DATA\r\n", b"250 2.0.0 ")
def lmtp_ignored(lab):
    deliver(lab, "none")


@sample(b"LHLO ", b"DATA\r\n", b"250 2.0.0 ")
def lmtp_stripped(lab):
    deliver(lab, "may", middle="strip")


@sample(b"LHLO ", b"AUTH PLAIN ", b"STARTTLS\r\n", b"QUIT")
def lmtp_auth_not_offered(lab):
    """Dovecot wants no login of those that deliver, and says no to TLS for want of a certificate."""
    lab.direct()
    lab.dovecot(protocols="lmtp", accounts={BOB: secret("Jaspis")})
    steps = ("LHLO client.example.org", "STARTTLS", "AUTH PLAIN " + plain(BOB, secret("Jaspis")), "QUIT")
    with lab.capture():
        lab.talk(*steps, port=24)


def submit(lab, *options, tls=True, must=True):
    lab.direct()
    lab.postfix(mynetworks="198.51.100.0/24")
    certificate = lab.certificate() if tls else None
    lab.dovecot(protocols="submission", certificate=certificate, accounts={ADA: secret("Jaspis")})
    login = ("--auth", "PLAIN", "--auth-user", ADA, "--auth-password", secret("Jaspis"))
    with lab.capture():
        lab.swaks("--port", "587", *login, *options, must=must)


@sample(b"250-STARTTLS", b"STARTTLS\r\n", b"220 ")
def submission_starttls(lab):
    submit(lab, "--tls")


@sample(b"STARTTLS", b"AUTH PLAIN ", b"235 ")
def submission_ignored(lab):
    submit(lab)
