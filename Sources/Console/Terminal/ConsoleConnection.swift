import Base
import Glibc

/// A TCP connection of the console, used by one thread.
struct ConsoleConnection: ~Copyable {
    /// Why there is no connection.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let descriptor: Int32

    /// Takes a stream that is connected already; it is closed at the end.
    init(attachedTo descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        self.descriptor = descriptor
    }

    /// Connects to a host and port.
    ///
    /// - Parameter timeout: How long it may take, in milliseconds.
    init(host: String, port: UInt16, timeout: Int32) throws(Failure) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else { throw Failure(description: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        var reason = "there is no address"
        var next = list
        while let address = next?.pointee {
            do throws(Failure) {
                descriptor = try Self.connect(address, timeout: timeout)
                return
            } catch {
                reason = error.description
            }
            next = address.ai_next
        }
        throw Failure(description: reason)
    }

    deinit { close(descriptor) }

    private static func connect(_ address: addrinfo, timeout: Int32) throws(Failure) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, kind, 0)
        guard descriptor >= 0 else { throw Failure(description: Self.text(errno)) }
        var code: Int32 = 0
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
            code = errno
            if code == EINPROGRESS { code = Self.outcome(of: descriptor, timeout: timeout) }
        }
        guard code == 0 else {
            close(descriptor)
            throw Failure(description: Self.text(code))
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    private static func outcome(of descriptor: Int32, timeout: Int32) -> Int32 {
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&poller, 1, timeout) > 0 else { return ETIMEDOUT }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return errno }
        return code
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// Sends a text whole.
    func send(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&poller, 1, -1)
            } else if errno != EINTR {
                throw Failure(description: Self.text(errno))
            }
        }
    }

    /// What has arrived; empty when nothing has, `nil` when the switch closed the connection.
    func receive() throws(Failure) -> [UInt8]? {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
            let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            failure = received < 0 ? errno : (received == 0 ? ECONNRESET : 0)
            count = max(received, 0)
        }
        switch failure {
        case 0: return bytes
        case EAGAIN, EINTR: return []
        case ECONNRESET: return nil
        default: throw Failure(description: Self.text(failure))
        }
    }
}
