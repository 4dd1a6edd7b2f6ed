import Glibc
import NIOCore
import NIOPosix

extension HTTPFault {
    /// Why there is no connection, in words that an operator knows.
    init(connecting error: any Error) {
        switch error {
        case let fault as HTTPFault: self = fault
        case let error as NIOConnectionError:
            // Each address of a host has been tried; the first says enough.
            if let first = error.connectionErrors.first {
                self = .unreachable(Self.reason(first.error))
            } else if error.dnsAError != nil || error.dnsAAAAError != nil {
                self = .unreachable("there is no such host")
            } else {
                self = .unreachable("\(error)")
            }
        default: self = .unreachable(Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: unsafe String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "it took too long"
        default: "\(error)"
        }
    }
}
