"""The same dialogues on other kinds of wire."""
from lab import scenario


@scenario(b"\x81\x00\x00\x64\x08\x00", b"250-STARTTLS")
def vlan_tagged(lab):
    lab.trunk(vlan=100)
    lab.postfix(certificate=lab.certificate())
    with lab.capture("switch", "trunk1", expression="vlan and tcp"):
        lab.swaks("--tls")


@scenario(b"250-STARTTLS")
def any_interface(lab):
    """Linux cooked mode, version 2: no interface's own link layer, and every frame that passes."""
    lab.direct()
    lab.postfix(certificate=lab.certificate())
    with lab.capture("server", "any", link_type="LINUX_SLL2", expression=""):
        lab.swaks("--tls")
