"""LDAP: slapd, with ldapsearch (GnuTLS)."""
import functools

import daemons
from lab import scenario, secret

ADA = "cn=ada,dc=example,dc=net"
STARTTLS = b"1.3.6.1.4.1.1466.20037"
sample = functools.partial(scenario, folder="protocols")


def search(lab, *options, url="ldap://ldap.example.net", user=ADA, tls=True, middle=None, **settings):
    """One search for ada, who may be the one that asks."""
    if middle:
        lab.through(middle, port=389)
    else:
        lab.direct()
    certificate = lab.certificate("ldap.example.net") if tls else None
    lab.serve(daemons.slapd, password=secret("Zinnober"), certificate=certificate, **settings)
    login = ("-D", user, "-w", secret("Zinnober")) if user else ()
    about = ("-b", "dc=example,dc=net", "(cn=ada)", "sn")
    trust = f"LDAPTLS_CACERT={lab.authority.certificate}"
    command = ("ldapsearch", "-x", "-LLL", "-H", url, *login, *options, *about)
    with lab.capture("middle" if middle else "client"):
        lab.client("env", trust, *command, must=False)


@sample(STARTTLS)
def ldap_starttls(lab):
    search(lab, "-ZZ")


@sample(STARTTLS, b"unsupported extended operation", b"Zinnober")
def ldap_refused(lab):
    """The client would like TLS, and goes on without."""
    search(lab, "-Z", tls=False)


@sample(STARTTLS, b"unsupported extended operation")
def ldap_refused_then_unbind(lab):
    """The client insists on TLS."""
    search(lab, "-ZZ", tls=False)


@sample(ADA.encode(), b"Zinnober", b"\x04\x02sn")
def ldap_ignored(lab):
    search(lab)


@sample(ADA.encode(), b"Zinnober", b"confidentiality required")
def ldap_bind_despite_13(lab):
    search(lab, main="security simple_bind=128")


@sample(b"\x04\x02sn")
def ldap_anonymous(lab):
    search(lab, user=None)


@sample(STARTTLS, b"\x0a\x01\x34\x04\x00\x04\x00", ADA.encode(), b"Zinnober")
def ldap_stripped(lab):
    """Somebody answers the ask in the server's place."""
    search(lab, "-Z", middle="refuse-ldap")


@sample()
def ldap_implicit(lab):
    search(lab, url="ldaps://ldap.example.net", port=636)
