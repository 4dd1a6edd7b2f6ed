import Base
import SwitchCore

/// The global variables that are there before any file sets one.
enum BuiltInVariables {
    static func all(
        directories: Directories,
        hostName: String,
        localAddress: IPAddress,
        localAddressV6: IPAddress = .loopbackV6
    ) -> [(name: String, value: String)] {
        directories.globals + [
            ("hostname", hostName), ("switchname", hostName), ("local_ip_v4", "\(localAddress)"),
            ("local_ip_v6", "\(localAddressV6)"), ("nat_type", "none"), ("core_uuid", RandomToken.uuid()),
        ]
    }
}
