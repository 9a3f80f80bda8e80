"""The same connection on both of the cables between which somebody sits: two vantages."""
from lab import scenario

OFFER, MASKED = b"250-STARTTLS\r\n", b"250-XXXXXXXA\r\n"
AGREED = b"220 TLS go ahead"
TAKEN = b"250 OK id="


def relay_in_flight(lab, how):
    """A Postfix that would use TLS if it could, a box that rewrites segments, an Exim with TLS."""
    lab.bridged()
    lab.tamper(how)
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may")


def send(lab):
    lab.relay_mail(domain="example.com")
    lab.wait_for("status=sent")


@scenario(b"EHLO relay.example.org", b"MAIL FROM", TAKEN)
def masked_in_flight(lab):
    """Bytes change, lengths do not: one TCP connection from end to end."""
    relay_in_flight(lab, "mask")
    with lab.capture(suffix="-inside", holds=[MASKED], lacks=[OFFER]):
        with lab.capture("server", suffix="-outside", holds=[OFFER], lacks=[MASKED]):
            send(lab)


@scenario(b"EHLO relay.example.org", b"MAIL FROM", TAKEN)
def stripped_in_flight(lab):
    """A line goes; the box moves the sequence numbers behind it, and the ends notice nothing."""
    relay_in_flight(lab, "strip")
    with lab.capture(suffix="-inside", lacks=[b"STARTTLS"]):
        with lab.capture("server", suffix="-outside", holds=[OFFER]):
            send(lab)


@scenario(b"inside", b"outside", OFFER, MASKED, TAKEN)
def masked_one_file(lab):
    relay_in_flight(lab, "mask")
    with lab.capture(suffix="-inside", part=True), lab.capture(
        "server", suffix="-outside", part=True
    ):
        send(lab)
    lab.join(inside="-inside", outside="-outside")


@scenario(b"inside", b"outside", OFFER, TAKEN)
def stripped_one_file(lab):
    relay_in_flight(lab, "strip")
    with lab.capture(suffix="-inside", part=True), lab.capture(
        "server", suffix="-outside", part=True
    ):
        send(lab)
    lab.join(inside="-inside", outside="-outside")


@scenario(b"EHLO client.example.org", b"MAIL FROM", TAKEN)
def masked_by_proxy(lab):
    """The same masking by a box that ends the connection and opens its own."""
    lab.through("mask", address="203.0.113.25")
    lab.exim(certificate=lab.certificate("mx.example.com"))
    with lab.capture("middle", suffix="-inside", holds=[MASKED, b"220 ****"], lacks=[OFFER]):
        with lab.capture("server", suffix="-outside", holds=[OFFER], lacks=[MASKED]):
            lab.swaks("--tls-optional", server="203.0.113.25", to="bob@example.com")


@scenario(b"HELO relay.example.org", b"MAIL FROM", TAKEN)
def masked_banner(lab):
    """Postfix takes the asterisks for a firewall that it knows, and does not even say EHLO."""
    lab.through("mask", address="203.0.113.25")
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may")
    with lab.capture("middle", suffix="-inside", holds=[b"220 ****"], lacks=[b"STARTTLS"]):
        with lab.capture("server", suffix="-outside", holds=[b"ESMTP Exim"], lacks=[b"STARTTLS"]):
            send(lab)


@scenario(OFFER, AGREED)
def translated(lab):
    """Nobody tampers: an address translator, and a recorder too slow and with a wrong clock."""
    lab.translated()
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may")
    with lab.capture(suffix="-inside"), lab.capture("server", suffix="-outside"):
        send(lab)
    outside = lab.recording("-outside")
    outside.shift(3.217)
    outside.lose(9)
    outside.swap(4)
    outside.write()


@scenario(b"EHLO relay.example.org", OFFER, AGREED)
def proxied(lab):
    """Nobody tampers: a proxy that passes every line on, and two clocks."""
    lab.through("pass", address="203.0.113.25")
    lab.exim(certificate=lab.certificate("mx.example.com"))
    lab.relay(smtp_tls_security_level="may")
    with lab.capture("middle", suffix="-inside"), lab.capture("server", suffix="-outside"):
        send(lab)
    inside = lab.recording("-inside")
    inside.shift(-41.5)
    inside.lose(1)
    inside.write()
