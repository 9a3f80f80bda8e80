"""Sessions with somebody in the middle; two of them seen from both sides."""
from lab import plain, scenario, secret

ADA = "ada@example.net"


def relay_through(lab, tamper):
    """A Postfix that would use TLS if it could, the proxy, and an Exim that offers it."""
    lab.through(tamper, address="203.0.113.25")
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may")
    with lab.capture("middle", suffix="-inside"), lab.capture("server", suffix="-outside"):
        lab.relay_mail(domain="example.com")
        lab.wait_for("status=sent")


@scenario(b"EHLO relay.example.org", b"250 OK id=")
def stripped(lab):
    relay_through(lab, "strip")


@scenario(b"STARTTLS", b"250 OK id=")
def blanked(lab):
    relay_through(lab, "blank")


def client_through(lab, tamper, seen_from, *options, word=None, must=True):
    """swaks, the proxy, and a Postfix with TLS."""
    lab.through(tamper, port=587)
    lab.postfix(
        certificate=lab.certificate(), ports=(587,), accounts={ADA: secret(word)} if word else None
    )
    if word:
        options += ("--auth", "PLAIN", "--auth-user", ADA, "--auth-password", secret(word))
    with lab.capture(seen_from):
        lab.swaks("--port", "587", *options, must=must)


@scenario(b"250-XXXXXXXA", b"220 ****", b"AUTH PLAIN ", b"235 ")
def masked(lab):
    client_through(lab, "mask", "middle", "--tls-optional", word="Obsidian")


@scenario(b"454 4.7.0 TLS not available due to temporary reason", b"250 2.0.0 Ok: queued")
def refused_by_proxy(lab):
    client_through(lab, "refuse", "middle", "--tls-optional")


@scenario(b"STARTTLS\r\nRSET\r\nMAIL FROM:<mallory@example.org>\r\n", b"220 2.0.0 Ready")
def command_injection(lab):
    client_through(lab, "inject-command", "server", "--tls", word="Saphir")


@scenario(b"220 2.0.0 Ready to start TLS\r\n250-mail.example.net\r\n250 AUTH PLAIN LOGIN\r\n")
def response_injection(lab):
    # swaks takes the injected lines for the answer to its next EHLO, and then stumbles
    client_through(lab, "inject-reply", "middle", "--tls", word="Saphir", must=False)


INJECTED = b"\r\n250-mail.example.net\r\n250 AUTH PLAIN LOGIN\r\n"


@scenario(b"220 2.0.0 Ready to start TLS" + INJECTED)
def response_injection_refused(lab):
    """curl sees that more was said than the 220, and leaves."""
    lab.through("inject-reply", port=587)
    lab.postfix(certificate=lab.certificate(), ports=(587,))
    with lab.capture("middle"):
        lab.curl(
            "--ssl-reqd",
            "--cacert",
            lab.authority.certificate,
            url="smtp://mail.example.net:587/client.example.org",
            must=False,
        )


@scenario(b"220 TLS go ahead" + INJECTED)
def response_injection_dropped(lab):
    """Postfix forgets what was said before TLS, and asks again inside."""
    lab.through("inject-reply", address="203.0.113.25")
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may")
    with lab.capture("middle"):
        lab.relay_mail(domain="example.com")
        lab.wait_for("status=sent")


@scenario(b"STARTTLS\r\n", b"220 2.0.0 Ready to start TLS", b"AUTH PLAIN ", b"235 ")
def plaintext_after_220(lab):
    """The middle agrees in the server's place; a client without a TLS library goes on in clear."""
    lab.through("swallow", port=587)
    lab.postfix(certificate=lab.certificate(), ports=(587,), accounts={ADA: secret("Achat")})
    with lab.capture("middle"):
        lab.talk(
            "EHLO client.example.org",
            "STARTTLS",
            "EHLO client.example.org",
            "AUTH PLAIN " + plain(ADA, secret("Achat")),
            "MAIL FROM:<ada@example.org>",
            "RCPT TO:<bob@example.net>",
            "DATA",
            "Subject: Tide table\\r\\n\\r\\nHigh water at noon.\\r\\n.",
            "QUIT",
            port=587,
        )
