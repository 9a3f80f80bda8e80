"""Servers of the lab: Postfix and Exim, each with its smallest honest configuration.

A server is started in a node and ends with its scenario.  Settings that a scenario is about are
given as keyword arguments, by the names the software itself uses.
"""
import os

from network import stop, wait_until
from world import run

MASTER = """\
{services}
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n -   1 tlsmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
proxymap  unix  - - n -   - proxymap
smtp      unix  - - n -   - smtp
lmtp      unix  - - n -   - lmtp
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
scache    unix  - - n -   1 scache
anvil     unix  - - n -   1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""
SERVICES = {
    25: "smtp inet n - n - - smtpd",
    587: "submission inet n - n - - smtpd",
    465: "smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes",
}
POSTFIX = {
    "compatibility_level": "3.6",
    "mydomain": "example.net",
    "mydestination": "example.net",
    "mynetworks": "127.0.0.0/8 192.0.2.0/24 [2001:db8:1::]/64",
    "inet_protocols": "all",
    "alias_maps": "",
    "alias_database": "",
    "local_recipient_maps": "",
    "local_transport": "discard",
    "default_transport": "discard",
    "relay_transport": "smtp",
    "smtp_dns_support_level": "disabled",
    "smtp_host_lookup": "native",
    "smtpd_banner": "$myhostname ESMTP Postfix",
    "notify_classes": "",
    "maillog_file_prefixes": "/mnt",
    "minimal_backoff_time": "1s",
    "smtpd_tls_loglevel": "1",
    "smtp_tls_loglevel": "1",
}
SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {database}
mech_list: {mechanisms}
"""


class Server:
    """A process that listens; `log` says why when it does not."""

    def __init__(self, node, log, command, port):
        self.process = node.start(*command, log=log)
        wait_until(lambda: node.listens(port), f"{command[0]}, see {log}")

    def stop(self):
        stop(self.process)


def lines(settings):
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def postfix(
    node,
    folder,
    *,
    name="mail.example.net",
    ports=(25,),
    certificate=None,
    accounts=None,
    mechanisms="PLAIN LOGIN",
    **settings,
):
    """Postfix, with TLS given a certificate, and with logins (Cyrus SASL) given accounts."""
    home = f"{folder}/postfix"
    for part in ("queue", "data"):
        os.makedirs(f"{home}/{part}")
    run("chown", "postfix:", f"{home}/data")
    main = {
        **POSTFIX,
        "myhostname": name,
        "maillog_file": f"{home}/maillog",
        "queue_directory": f"{home}/queue",
        "data_directory": f"{home}/data",
    }
    if certificate:
        main.update(
            smtpd_tls_security_level="may", smtpd_tls_chain_files=", ".join(reversed(certificate))
        )
    if accounts:
        main.update(_logins(home, accounts, mechanisms))
    main.update(settings)
    write(f"{home}/etc/main.cf", lines(main))
    write(
        f"{home}/etc/master.cf", MASTER.format(services="\n".join(SERVICES[port] for port in ports))
    )
    write(f"{home}/etc/dynamicmaps.cf", "")
    return Server(
        node, f"{folder}/postfix.log", ["postfix", "-c", f"{home}/etc", "start-fg"], ports[0]
    )


def _logins(home, accounts, mechanisms):
    database = f"{home}/sasl.db"
    for user, password in accounts.items():
        local, domain = user.split("@")
        run("saslpasswd2", "-c", "-p", "-f", database, "-u", domain, local, input=password)
    run("chown", "postfix:", database)
    # where Debian's build of Postfix looks
    write(f"{home}/etc/sasl/smtpd.conf", SASL.format(database=database, mechanisms=mechanisms))
    return {
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_sasl_path": "smtpd",
        "smtpd_sasl_security_options": "noanonymous",
    }


EXIM = """\
primary_hostname = {name}
spool_directory = {home}/spool
log_file_path = {home}/%slog
pid_file_path = {home}/pid
daemon_smtp_ports = {ports}
domainlist local_domains = example.com
hostlist relay_from_hosts = 192.0.2.0/24
host_lookup =
rfc1413_hosts =
chunking_advertise_hosts = *
disable_ipv6 = true
smtp_banner = "$primary_hostname ESMTP Exim 4.96"
smtp_accept_max_nonmail = 20
queue_run_max = 2
never_users =
keep_environment =
{main}
acl_smtp_rcpt = accept
acl_smtp_data = accept
{acl}
begin routers
{routers}
begin transports
smarthost:
  driver = smtp
  {transport}
begin retry
* * F,1h,15m
begin authenticators
{authenticators}
"""
EXIM_SINK = "sink:\n  driver = redirect\n  data = :blackhole:\n"
EXIM_SMARTHOST = """\
relay:
  driver = manualroute
  route_list = * {host} byname
  transport = smarthost
  host_find_failed = defer
  self = send
"""


def exim(
    node,
    folder,
    *,
    name="mx.example.com",
    port=25,
    certificate=None,
    smarthost=None,
    main="",
    acl="",
    transport="",
    authenticators="",
):
    """Exim; what it accepts it throws away, or passes on to the smart host."""
    home = f"{folder}/exim"
    os.makedirs(f"{home}/spool")
    run("chown", "-R", "Debian-exim:", home)
    if certificate:
        readable = [f"{home}/{os.path.basename(path)}" for path in certificate]
        for source, target in zip(certificate, readable):
            run("install", "-o", "Debian-exim", "-m", "640", source, target)
        main += "tls_advertise_hosts = *\ntls_certificate = {}\ntls_privatekey = {}\n".format(
            *readable
        )
    elif "tls_advertise_hosts" not in main:
        main += "tls_advertise_hosts =\n"
    routers = EXIM_SMARTHOST.format(host=smarthost) if smarthost else EXIM_SINK
    text = EXIM.format(
        name=name,
        home=home,
        ports=port,
        main=main,
        routers=routers,
        transport=transport,
        authenticators=authenticators,
        acl="begin acl\n" + acl if acl else "",
    )
    write(f"{home}/exim.conf", text)
    return Server(
        node, f"{folder}/exim.log", ["exim4", "-C", f"{home}/exim.conf", "-bdf", "-q1m"], port
    )


def _equal(variable, value):
    return f"{{eq{{${variable}}}{{{value}}}}}"


def exim_login(mechanism, user, secret):
    """An authenticator that takes one account; LOGIN, PLAIN or XOAUTH2."""
    login = (
        "server_prompts = Username:: : Password::",
        _equal("auth1", user),
        _equal("auth2", secret),
    )
    plain = ("server_prompts = :", _equal("auth2", user), _equal("auth3", secret))
    bearer = ("server_prompts = :", f"{{match{{$auth1}}{{{secret}}}}}")
    prompts, *conditions = {"LOGIN": login, "PLAIN": plain, "XOAUTH2": bearer}[mechanism]
    condition = "{" + "".join(conditions) + "}"
    return (
        f"{mechanism.lower()}:\n  driver = plaintext\n  public_name = {mechanism}\n  {prompts}\n"
        f"  server_condition = ${{if and{condition}{{yes}}{{no}}}}\n"
        f"  server_set_id = {user}\n"
    )
