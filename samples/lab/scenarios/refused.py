"""Servers that say no to STARTTLS, and clients that mistake one kind of port for the other."""

from lab import scenario, secret

ADA = "ada@example.net"


def refusing_postfix(lab, ports, **settings):
    """A Postfix that offers TLS but cannot read its key, and therefore answers 454."""
    certificate, key = lab.certificate()
    with open(key, "w", encoding="ascii") as broken:
        broken.write("")
    lab.postfix(certificate=(certificate, key), ports=ports, **settings)


@scenario(
    b"250-STARTTLS", b"454 4.7.0 TLS not available due to local problem", b"AUTH PLAIN ", b"235 "
)
def refused_454_then_password(lab):
    lab.direct()
    refusing_postfix(lab, (587,), accounts={ADA: secret("Tuff")})
    with lab.capture():
        lab.swaks(
            "--port",
            "587",
            "--tls-optional",
            "--auth",
            "PLAIN",
            "--auth-user",
            ADA,
            "--auth-password",
            secret("Tuff"),
        )


@scenario(b"250-STARTTLS", b"454 4.7.0 TLS not available due to local problem", b"QUIT")
def refused_454_then_quit(lab):
    lab.direct()
    refusing_postfix(lab, (25,))
    lab.exim_relay("hosts_require_tls = *")
    with lab.capture("server"):
        lab.relay_mail()
        lab.wait_for("== bob@example.com")


@scenario(b"220 mail.example.net ESMTP Postfix")
def implicit_tls_to_587(lab):
    lab.direct()
    lab.postfix(certificate=lab.certificate(), ports=(587,))
    with lab.capture():
        lab.curl(
            "--max-time", "15", url="smtps://mail.example.net:587/client.example.org", must=False
        )


@scenario()
def plaintext_to_465(lab):
    """Each end waits for the other to begin."""
    lab.direct()
    lab.postfix(certificate=lab.certificate(), ports=(465,))
    with lab.capture():
        lab.curl(
            "--max-time", "12", url="smtp://mail.example.net:465/client.example.org", must=False
        )


@scenario(b"530 5.7.0 Must issue a STARTTLS command first", b"MAIL FROM")
def mail_despite_530(lab):
    """The server demands TLS of a client that cannot; nothing but names crosses."""
    lab.direct()
    lab.postfix(certificate=lab.certificate(), ports=(587,), smtpd_tls_security_level="encrypt")
    with lab.capture():
        lab.swaks("--port", "587", must=False)
