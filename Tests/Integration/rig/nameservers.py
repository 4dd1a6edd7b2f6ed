"""The files by which the smart DNS, PowerDNS and unbound are run by the rigs."""

from __future__ import annotations

from pathlib import Path

ZONE = "voice.example"
# Where the files are that operators copy.
PACKAGING = Path(__file__).resolve().parents[3] / "packaging"


def center(name: str, address: str, probe: str | None = None) -> str:
    """A data center in the configuration."""
    asked = f'<param name="probe" value="{probe}"/>' if probe else ""
    return f'<data-center name="{name}"><param name="address" value="{address}"/>{asked}</data-center>'


def smart_dns_tree(settings: dict[str, object], centers: dict[str, str], server: str,
                   probes: dict[str, str] | None = None) -> str:
    """A tree with smart_dns.conf: the zone, a service named sip, and records that are the same for everybody."""
    parameters = "".join(f'<param name="{name}" value="{value}"/>' for name, value in settings.items())
    blocks = "".join(center(name, address, probes[name] if probes else None) for name, address in centers.items())
    return (
        '<document type="freeswitch/xml"><section name="configuration">'
        f'<configuration name="smart_dns.conf"><settings>{parameters}</settings>'
        f"<data-centers>{blocks}</data-centers>"
        f'<zones><zone name="{ZONE}"><param name="name-server" value="ns1"/>'
        f'<record name="ns1" type="A" content="{server}"/>'
        '<record name="fixed" type="A" content="192.0.2.99"/>'
        '<record name="*.wild" type="A" content="192.0.2.98"/>'
        '<record name="alias" type="CNAME" content="fixed"/><record name="top" type="CNAME" content="@"/>'
        '<service name="sip" transports="udp,tcp,tls"/></zone></zones></configuration></section></document>\n'
    )


def powerdns_settings(directory: Path, backend: str, address: str, port: int) -> str:
    """pdns.conf with the settings that we advise; the back end is what remote-connection-string says."""
    advised = (PACKAGING / "pdns.conf").read_text().splitlines()
    kept = [line for line in advised if line and not line.startswith(("#", "remote-connection-string="))]
    return "\n".join(kept) + (
        f"\nremote-connection-string={backend}\n"
        f"local-address={address}\nlocal-port={port}\nsocket-dir={directory}\n"
        "disable-syslog=yes\nloglevel=3\nsecurity-poll-suffix=\n"
    )


def unbound_settings(directory: Path, address: str, port: int, servers: list[str], *, modules: str = "iterator",
                     extra: str = "") -> str:
    """unbound.conf for a resolver that asks our servers for the zone, each of which is ADDRESS@PORT."""
    stubs = "".join(f" stub-addr: {server}\n" for server in servers)
    return (
        f"server:\n interface: {address}\n port: {port}\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n"
        f' pidfile: ""\n directory: "{directory}"\n use-syslog: no\n do-not-query-localhost: no\n'
        f' module-config: "{modules}"\n access-control: 0.0.0.0/0 allow\n local-zone: "example." nodefault\n{extra}'
        f'stub-zone:\n name: "{ZONE}"\n{stubs} stub-no-cache: no\n'
        "remote-control:\n control-enable: no\n"
    )


def passing_subnets_on(servers: list[str]) -> str:
    """What makes unbound tell our servers whom it asks for; its modules begin with subnetcache then."""
    return "".join(f" send-client-subnet: {server}\n" for server in servers) + " client-subnet-always-forward: yes\n"
