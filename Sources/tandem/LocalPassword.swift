import Glibc
import XMLConfig

/// The passwords of a machine that nobody has configured yet: of the users 1000–1019, and of the event socket.
///
/// There is no password that works everywhere: the first run makes random ones in a file outside of version control,
/// which `vars.xml` includes.
enum LocalPassword {
    /// The file below the configuration directory.
    static let fileName = "local_password.xml"

    /// What stands before the event socket's password in the file.
    private static let eventSocketMark = "data=\"event_socket_password="

    /// Whether the tree's `vars.xml` asks for the file; a tree from elsewhere has passwords of its own.
    static func isIncluded(in conf: String) -> Bool {
        LocalFiles().text(of: conf + "/vars.xml")?.contains(fileName) ?? false
    }

    /// The event socket's password that the first start made, where the file can be read.
    static func eventSocketPassword(in conf: String) -> String? {
        guard let text = LocalFiles().text(of: conf + "/" + fileName), let mark = text.firstRange(of: eventSocketMark)
        else { return nil }
        return String(text[mark.upperBound...].prefix { $0 != "\"" })
    }

    /// Makes the file where it is wanted and missing.
    ///
    /// - Returns: The users' password, when one was made now.
    static func makeIfMissing(in conf: String) throws -> String? {
        guard isIncluded(in: conf) else { return nil }
        let path = conf + "/" + fileName
        let password = random()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { return nil }
            throw PasswordError(description: "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let bytes = Array(text(password, eventSocket: random()).utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            unlink(path)
            throw PasswordError(description: "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        return password
    }

    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        // No l, 1, O, 0: the password is typed into phones.
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return String((0..<16).compactMap { _ in letters.randomElement(using: &generator) })
    }

    /// What the file says.
    static func text(_ password: String, eventSocket: String) -> String {
        """
        <include>
          <X-PRE-PROCESS cmd="set" data="default_password=\(password)"/>
          <X-PRE-PROCESS cmd="set" \(eventSocketMark)\(eventSocket)"/>
        </include>

        """
    }

    struct PasswordError: Error, CustomStringConvertible {
        let description: String
    }
}

extension LocalFiles {
    /// The text of a file of the operator's; `nil` when it cannot be read.
    func text(of path: String) -> String? {
        guard let bytes = try? contents(of: path, limit: XMLLimits().documentBytes) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
