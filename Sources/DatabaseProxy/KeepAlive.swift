import Glibc
import NIOCore
import NIOPosix

/// Has the system find out within a minute that the other end of a connection is gone without a word.
///
/// Otherwise a client whose machine was switched off would keep a node's place for hours. There is no `TCP_USER_TIMEOUT`:
/// it would also end a connection whose other end is there and does not read for a while (RFC 9293 §3.8.6.1), as those do
/// who work on each row of a long answer.
enum KeepAlive {
    /// Begins after 30 seconds of silence; three questions without an answer, 10 seconds apart, are the end.
    static let options: [(option: ChannelOptions.Types.SocketOption, value: SocketOptionValue)] = [
        (ChannelOptions.Types.SocketOption(level: .socket, name: .so_keepalive), 1),
        (tcp(TCP_KEEPIDLE), 30),
        (tcp(TCP_KEEPINTVL), 10),
        (tcp(TCP_KEEPCNT), 3),
    ]

    private static func tcp(_ name: CInt) -> ChannelOptions.Types.SocketOption {
        ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: name))
    }
}

extension ServerBootstrap {
    /// Notices when a client has gone without a word.
    func noticingSilence() -> ServerBootstrap {
        KeepAlive.options.reduce(self) { $0.childChannelOption($1.option, value: $1.value) }
    }
}

extension ClientBootstrap {
    /// Notices when the server has gone without a word.
    func noticingSilence() -> ClientBootstrap {
        KeepAlive.options.reduce(self) { $0.channelOption($1.option, value: $1.value) }
    }
}
