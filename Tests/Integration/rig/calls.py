"""A switch in each data center, and telephones at each site that call all of them: what is known of paths comes from calls."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import time
from pathlib import Path

from rig import tones
from rig.baresip import CONFIG
from rig.console import Console
from rig.process import RigError, poll
from rig.switch import REPOSITORY
from rig.wan import Node

_METRICS_PORT, _EVENT_PORT = 9282, 8021
# A telephone hangs up when its tone has ended, in seconds.
_LONGEST_CALL = 1800
# Where a call from outside hears itself.
_ECHO = """\
<include>
  <extension name="rig_echo">
    <condition field="destination_number" expression="^rig-echo$">
      <action application="answer"/>
      <action application="echo"/>
    </condition>
  </extension>
</include>
"""


def shared_table(directory: Path) -> str:
    """The data source that switches write to and name servers read."""
    return f"sqlite://{directory}/shared.db"


def probe(address: str) -> str:
    """Where a data center says whether it is ready."""
    return f"http://{address}:{_METRICS_PORT}/readyz"


class Calls:
    """Switches that measure, and calls that last."""

    def __init__(self, binary: str, directory: Path, centers: dict[str, Node], sites: dict[Node, int]) -> None:
        if not (REPOSITORY / "conf" / "autoload_configs" / "network_conditions.conf.xml").exists():
            raise RigError("there is no network_conditions.conf.xml: switches do not measure")
        self.binary, self.directory, self.centers = binary, directory, centers
        # The users' password, and that of the event socket.
        self.password = secrets.token_hex(8)
        # How many telephones of each site call each data center.
        self.sites = sites
        if sites:
            self.tone = tones.write_tone(directory / "tone.wav", 440, _LONGEST_CALL)
        self.switches: dict[str, subprocess.Popen[bytes]] = {}
        self.processes: list[subprocess.Popen[bytes]] = []
        self.fault: BaseException | None = None
        # Nobody sees when a switch hears of the first lost packet.
        self.first_bad: dict[str, float] = {}

    def hold(self, is_held: bool) -> None:
        """Calls go on whatever happens."""

    def look_closely(self, networks: list[str], center: str) -> None:
        """Each call has all packets that there are."""

    def start(self) -> None:
        """Starts the switches, and has each site call each of them."""
        for center in self.centers:
            self._write_tree(center)
            self.start_switch(center)
        for center in self.centers:
            self.wait_for_switch(center)
        for site, count in self.sites.items():
            for place, center in enumerate([*self.centers.values()] * count):
                self.processes.append(self._call(site, place, center))

    def start_switch(self, center: str) -> None:
        """Starts the switch of a data center, again perhaps."""
        home, node = self.directory / center, self.centers[center]
        self.switches[center] = node.start(
            [self.binary, "run", "--conf", str(home / "conf"), "--base", str(home / "var"), "--sounds",
             str(REPOSITORY / "sounds"), "--ip", node.address], home / "tandem.log")

    def wait_for_switch(self, center: str) -> None:
        """Waits until a switch can be asked."""
        poll(f"{center} is ready", lambda: self.answer(center, "status"), timeout=30)

    def kill_switch(self, center: str) -> None:
        """Ends a switch as a crash would."""
        self.switches[center].kill()
        self.switches[center].wait(10)

    def is_alive(self) -> bool:
        """Whether all calls still last."""
        running = [*self.switches.values(), *self.processes]
        ended = [str(process.args) for process in running if process.poll() is not None]
        expected = sum(self.sites.values())
        for center in self.centers:
            found = re.match(r"\s*(\d+) total", self.answer(center, "show calls count"))
            if not found or int(found[1]) != expected:
                ended.append(f"{center} has {found[1] if found else 'no'} calls of {expected}")
        self.fault = RigError(", ".join(ended)) if ended else None
        return not ended

    def set_ready(self, center: str, is_ready: bool) -> None:
        """Has a switch take calls, or none: it says so of itself."""
        if not self.answer(center, "fsctl resume" if is_ready else "fsctl pause").startswith("+OK"):
            raise RigError(f"{center} cannot be told")

    def end(self) -> None:
        """Ends them."""
        running = [*self.switches.values(), *self.processes]
        for process in running:
            process.kill()
        for process in running:
            process.wait(10)

    def _write_tree(self, center: str) -> None:
        """Our configuration, with what it takes to be measured and watched."""
        conf = self.directory / center / "conf"
        shutil.copytree(REPOSITORY / "conf", conf, ignore=shutil.ignore_patterns("local_password*"))
        (conf / "dialplan" / "public" / "rig.xml").write_text(_ECHO)
        # The same in all data centers: users are at home in each of them.
        passwords = "".join(
            f'  <X-PRE-PROCESS cmd="set" data="{name}={self.password}"/>\n'
            for name in ("default_password", "event_socket_password"))
        (conf / "local_password.xml").write_text(f"<include>\n{passwords}</include>\n")
        others = "".join(
            f'<data-center name="{other}"><param name="probe" value="{probe(node.address)}"/></data-center>'
            for other, node in self.centers.items() if other != center
        )
        settings = {"data-center": center, "node": center, "dsn": shared_table(self.directory), "interval": 5}
        parameters = "".join(f'<param name="{name}" value="{value}"/>' for name, value in settings.items())
        files = conf / "autoload_configs"
        (files / "network_conditions.conf.xml").write_text(
            f'<configuration name="network_conditions.conf"><settings>{parameters}</settings>'
            f"<data-centers>{others}</data-centers></configuration>\n")
        modules = (files / "modules.conf.xml").read_text()
        (files / "modules.conf.xml").write_text(
            modules.replace('<!-- <load module="mod_network_conditions"/> -->', '<load module="mod_network_conditions"/>'))
        (files / "prometheus.conf.xml").write_text(
            f'<configuration name="prometheus.conf"><settings><param name="listen-ip" value="0.0.0.0"/>'
            f'<param name="listen-port" value="{_METRICS_PORT}"/>'
            '<param name="apply-inbound-acl" value="0.0.0.0/0"/></settings></configuration>\n')

    def answer(self, center: str, command: str) -> str:
        """What a switch answers to a command; nothing while it cannot be asked."""
        try:
            with self.centers[center].entered(), Console(_EVENT_PORT, self.password, timeout=5) as console:
                return console.api(command)
        except (OSError, RigError):
            return ""

    def _call(self, site: Node, place: int, center: Node) -> subprocess.Popen[bytes]:
        """A telephone that calls a data center, and stays in the call."""
        home = self.directory / f"{site.name}-{place}"
        home.mkdir()
        (home / "config").write_text(CONFIG.format(
            address=site.address, sip_port=6000 + 10 * place, name=f"phone{place}", tone=self.tone,
            rtp_first=20_000 + 100 * place, rtp_last=20_098 + 100 * place, control_port=4444 + place, recordings=home))
        (home / "accounts").write_text(
            f"<sip:phone{place}@{site.address};transport=udp>;regint=0;audio_codecs=PCMU/8000/1;ptime=20\n")
        (home / "contacts").write_text("")
        # Not all at once: they would send at the same moments.
        time.sleep(0.05)
        return site.start(
            ["env", f"HOME={home}", "baresip", "-4", "-f", str(home), "-e", f"/dial sip:rig-echo@{center.address}:5080"],
            home / "baresip.log")
