"""The floors of the house: which targets there are, and what each of them may import.

A target may import only targets on a lower floor, and of these only the ones in its row; other libraries only when its
row names them. A new target begins with a row here. This table is for reading: it is the shortest description of how
the parts of the program depend on each other.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A Swift target: the folder it is in, its floor, and what it may import."""

    folder: str
    floor: int
    targets: frozenset[str]
    libraries: frozenset[str]


def _row(folder: str, floor: int, targets: str = "", libraries: str = "") -> tuple[str, Target]:
    name = folder.rsplit("/", 1)[-1]
    return name, Target(f"Sources/{folder}", floor, frozenset(targets.split()), frozenset(libraries.split()))


# The C library, under its names on the platforms. Cores may have it for mathematics only.
_C = "Glibc Musl Darwin"
# What everything above the cores may use: a log, locks and atomics.
_COMMON = f"Logging Synchronization {_C}"

TARGETS: dict[str, Target] = dict([
    #    folder                floor  targets                                  libraries
    _row("Base",                   0, "",                                      f"Synchronization {_C}"),

    _row("SIP",                    1, "Base",                                  "Crypto"),
    _row("SDP",                    1, "Base",                                  ""),
    _row("RTP",                    1, "Base",                                  ""),
    _row("DNSMessage",             1, "Base",                                  ""),
    _row("FileReplication",        1, "Base",                                  ""),
    _row("NetworkConditions",      1, "Base",                                  ""),
    _row("STUN",                   1, "Base",                                  ""),
    _row("MediaDSP",               1, "Base",                                  _C),

    _row("XMLConfig",              2, "Base STUN",                             _COMMON),
    # GRDB's blobs are Foundation's Data.
    _row("Database",               2, "Base",                                  f"FoundationEssentials GRDB NIOPosix {_COMMON}"),
    _row("Cache",                  2, "Base",                                  f"Crypto NIOCore NIOPosix {_COMMON}"),
    _row("Console",                2, "Base",                                  _C),
    _row("FileTrees",              2, "Base FileReplication",                  f"Crypto {_COMMON}"),
    _row("HTTPTransport",          2, "Base",                                  f"NIOCore NIOHTTP1 NIOPosix NIOSSL {_COMMON}"),
    _row("MediaEngine",            2, "Base RTP MediaDSP",                     _COMMON),
    _row("Patterns",               2, "Base",                                  _COMMON),
    _row("SIPTransport",           2, "Base SIP",                              f"NIOCore NIOPosix NIOSSL {_COMMON}"),

    _row("DatabaseBalancer",       3, "Base Database XMLConfig",               _COMMON),
    # GRDB's blobs are Foundation's Data.
    _row("FileSync",               3, "Base FileReplication FileTrees XMLConfig",
         f"Crypto FoundationEssentials GRDB NIOCore NIOPosix NIOSSL {_COMMON}"),
    _row("HTTPParameters",         3, "HTTPTransport XMLConfig",               ""),
    _row("SwitchCore",             3, "Base XMLConfig MediaEngine",            _COMMON),
    _row("Telemetry",              3, "Base Cache Database HTTPTransport NetworkConditions",
         f"NIOPosix {_COMMON}"),

    _row("DatabaseProxy",          4, "Base Database DatabaseBalancer",        f"NIOCore NIOPosix {_COMMON}"),
    _row("Modules/DialplanXML",    4, "Base Patterns XMLConfig SwitchCore",    _COMMON),
    _row("Modules/Applications",   4, "Base Patterns XMLConfig MediaEngine SwitchCore", _COMMON),
    _row("Modules/Balancing",      4, "Base DatabaseBalancer HTTPTransport XMLConfig SwitchCore", _COMMON),
    _row("Modules/CDR",            4, "Base HTTPParameters HTTPTransport XMLConfig SwitchCore",
         f"NIOCore NIOPosix {_COMMON}"),
    _row("Modules/Commands",       4, "Base Patterns XMLConfig MediaEngine SwitchCore", f"Crypto {_COMMON}"),
    _row("Modules/CoreDatabase",   4, "Base Database DatabaseBalancer XMLConfig SwitchCore", f"NIOPosix {_COMMON}"),
    _row("Modules/EventSocket",    4, "Base Patterns XMLConfig SwitchCore",
         f"NIOCore NIOPosix {_COMMON}"),
    _row("Modules/FileSyncing",    4, "Base FileSync XMLConfig SwitchCore",    _COMMON),
    _row("Modules/LocalStream",    4, "Base XMLConfig MediaEngine SwitchCore", _COMMON),
    _row("Modules/Logs",           4, "Base XMLConfig SwitchCore",             f"NIOPosix {_COMMON}"),
    _row("Modules/Lookups",        4, "Base DNSMessage Database DatabaseBalancer HTTPTransport Patterns XMLConfig SwitchCore",
         f"NIOCore NIOPosix {_COMMON}"),
    _row("Modules/Loopback",       4, "Base XMLConfig MediaEngine SwitchCore", _COMMON),
    _row("Modules/Measuring",      4, "Base Cache Database DatabaseBalancer HTTPTransport MediaEngine NetworkConditions "
                                      "SwitchCore Telemetry XMLConfig", _COMMON),
    _row("Modules/Memcache",       4, "Base Cache XMLConfig SwitchCore",       _COMMON),
    _row("Modules/Prometheus",     4, "Base HTTPTransport XMLConfig MediaEngine SwitchCore", _COMMON),
    _row("Modules/Sofia",          4, "Base Database DatabaseBalancer SIP SDP RTP XMLConfig MediaEngine SIPTransport SwitchCore",
         f"Crypto {_COMMON}"),

    # Digests of HTTP are those of SIP (RFC 7616, RFC 8760).
    _row("Modules/XMLCurl",        4, "Base HTTPParameters HTTPTransport SIP XMLConfig SwitchCore",
         f"NIOCore NIOPosix {_COMMON}"),

    _row("XMLHandler",             4, "Base Cache Database DatabaseBalancer HTTPTransport XMLConfig MediaEngine SwitchCore",
         f"Crypto {_COMMON}"),

    _row("SmartDNS",               4, "Base Cache Database DatabaseBalancer DNSMessage HTTPTransport NetworkConditions "
                                      "Telemetry XMLConfig",
         f"NIOCore NIOPosix {_COMMON}"),

    # The checker reads a tree as the dialplan and the SIP profiles do, so it stands beside them and above.
    _row("ConfigurationCheck",     5, "Base Patterns XMLConfig SwitchCore Balancing CDR CoreDatabase DialplanXML EventSocket "
                                      "FileSync LocalStream Lookups Measuring Memcache SmartDNS Sofia Applications Commands Logs Prometheus XMLCurl "
                                      "XMLHandler",
         _COMMON),

    # Checks what it has brought into tables.
    _row("Migration",              6, "Base Database XMLConfig SwitchCore XMLHandler ConfigurationCheck",
         f"Crypto {_COMMON}"),

    _row("tandem",                 7, "Base Cache SIP SDP RTP MediaDSP Patterns XMLConfig MediaEngine SIPTransport SwitchCore "
                                      "Balancing CDR DNSMessage DialplanXML Applications Commands EventSocket LocalStream Logs "
                                      "Lookups Loopback Measuring NetworkConditions Prometheus Sofia ConfigurationCheck Console CoreDatabase "
                                      "Database DatabaseBalancer DatabaseProxy FileSync FileSyncing HTTPTransport Memcache Migration SmartDNS "
                                      "XMLCurl XMLHandler",
         f"ArgumentParser NIOCore NIOPosix UnixSignals {_COMMON}"),

    # For tests only: a simulated loop and network in the place of the real ones.
    _row("TandemTesting",          5, "Base SIP SDP RTP SIPTransport SwitchCore MediaEngine XMLConfig Sofia",
         f"NIOCore NIOHTTP1 NIOPosix NIOSSL {_COMMON}"),
    # A wide area network, and the program that puts it between network namespaces.
    _row("WANEmulation",           1, "Base",                                  ""),
    _row("wanem",                  2, "Base WANEmulation",                     _C),
])

# Each C module has one Swift target that imports it, and that hands out safe values in place of its pointers.
C_MODULES: dict[str, str] = {
    "CEditLine": "Console",
    "CFileTrees": "FileTrees",
    "CLibPQ": "Database",
    "CLibXML2": "XMLConfig",
    "CMariaDB": "Database",
    "CDatagrams": "SmartDNS",
    "CMedia": "MediaEngine",
    "CMalloc": "tandem",
    "CPCRE2": "Patterns",
    "CSndFile": "MediaEngine",
    "CZstd": "FileTrees",
}


def target_of(path: str) -> str | None:
    """The name of the target that the file at this path (from the root) belongs to; None when it is in no target."""
    for name, target in TARGETS.items():
        if path.startswith(target.folder + "/"):
            return name
    return None


def contradictions() -> list[str]:
    """What is wrong with the table itself."""
    wrong = []
    for name, target in TARGETS.items():
        for imported in sorted(target.targets):
            if imported not in TARGETS:
                wrong.append(f"{name} may import {imported}, which is not in the table")
            elif TARGETS[imported].floor >= target.floor:
                wrong.append(f"{name} on floor {target.floor} may import {imported} on floor {TARGETS[imported].floor}")
    for module, owner in C_MODULES.items():
        if owner not in TARGETS:
            wrong.append(f"{module} belongs to {owner}, which is not in the table")
    return wrong
