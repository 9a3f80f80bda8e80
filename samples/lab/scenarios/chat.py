"""XMPP: Prosody, with slixmpp, `openssl s_client`, or what talk.py says."""
import functools
import sys

import daemons
from lab import plain, scenario, secret

sample = functools.partial(scenario, folder="protocols")
OPEN = (
    "=<?xml version='1.0'?><stream:stream to='example.net' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
ASK = "=<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
CLOSE = "=</stream:stream>"
ENDS = r"</stream:features>|</failure>|<failure xmlns[^>]*/>|<success[^>]*/>|</stream:error>|</stream:stream>"
# connects, logs in, and leaves; takes TLS where it is on offer, unless told not to
CLIENT = """
import asyncio, ssl, sys
from slixmpp import ClientXMPP
user, password, wish = sys.argv[1:]
client = ClientXMPP(user, password, sasl_mech="PLAIN", plugin_config={
    "feature_mechanisms": {"unencrypted_plain": True, "encrypted_plain": True}})
client.ssl_context = ssl._create_unverified_context()
client.get_ssl_context = lambda: client.ssl_context
client.auto_reconnect = False
client.add_event_handler("session_start", lambda _: client.disconnect())
client.add_event_handler("failed_all_auth", lambda _: client.disconnect())
client.connect(("198.51.100.25", 5222), disable_starttls=wish == "never", force_starttls=False)
client.loop.run_until_complete(asyncio.wait_for(client.disconnected, 20))
"""


def serve(lab, tls=True, middle=None, **settings):
    if middle:
        lab.through(middle, port=5222)
    else:
        lab.direct()
    certificate = lab.certificate("example.net") if tls else None
    account = ("ada", secret("Bernstein"))
    lab.serve(daemons.prosody, account=account, certificate=certificate, **settings)


def login(lab, wish):
    arguments = ("ada@example.net", secret("Bernstein"), wish)
    return lab.client(sys.executable, "-c", CLIENT, *arguments)


def auth(password):
    response = plain("ada", password)
    return f"=<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{response}</auth>"


@sample(b"<starttls", b"<proceed")
def xmpp_starttls(lab):
    serve(lab)
    with lab.capture():
        login(lab, "tls")


@sample(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", b"<failure", b"<auth ", b"<success")
def xmpp_refused(lab):
    """The server's certificate is missing; the stream ends, and the client logs in on another one."""
    serve(lab, tls=False)
    with lab.capture():
        lab.talk(OPEN, ASK, port=5222, until=ENDS)
        lab.talk(OPEN, auth(secret("Bernstein")), OPEN, CLOSE, port=5222, until=ENDS)


@sample(b"<starttls", b"<auth ", b"<success")
def xmpp_ignored(lab):
    serve(lab)
    with lab.capture(lacks=(b"<proceed",)):
        login(lab, "never")


@sample(b"<required/>", b"<auth ", b"<encryption-required")
def xmpp_auth_despite_required(lab):
    serve(lab, required="true")
    with lab.capture():
        lab.talk(OPEN, auth(secret("Bernstein")), CLOSE, port=5222, until=ENDS)


@sample(b"<auth ", b"<success")
def xmpp_stripped(lab):
    serve(lab, middle="strip-xmpp")
    with lab.capture("middle", lacks=(b"starttls",)):
        login(lab, "tls")


@sample(b"jabber:server", b"<starttls", b"<proceed")
def xmpp_server_starttls(lab):
    """What a server sees of another one, up to the handshake."""
    serve(lab)
    with lab.capture():
        s_client(lab, 5269, "-starttls", "xmpp-server", "-name", "example.net")


@sample(b"xmpp-client")
def xmpp_implicit(lab):
    serve(lab)
    with lab.capture(lacks=(b"\x15\x03\x03\x00\x02\x02",)):
        s_client(lab, 5223, "-alpn", "xmpp-client", "-servername", "example.net")


def s_client(lab, port, *options):
    command = ("openssl", "s_client", "-connect", f"198.51.100.25:{port}", *options)
    return lab.client(*command, must=False)
