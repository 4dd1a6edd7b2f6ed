import DatabaseProxyProtocol

/// Feeds bytes of clients and servers to those who follow the conversations of PostgreSQL and MariaDB.
public enum DatabaseSessionFuzz {
    /// Runs one input; a disagreement traps.
    ///
    /// Each part begins with a byte: the highest bit says who speaks, the others how many bytes follow.
    public static func run(_ bytes: [UInt8]) {
        var (whole, divided) = (PostgreSQLSession(), PostgreSQLSession())
        var (other, otherDivided) = (MariaDBSession(), MariaDBSession())
        var rest = bytes[...]
        while let head = rest.popFirst() {
            let part = rest.prefix(Int(head & 0x7F))
            rest = rest.dropFirst(part.count)
            if head & 0x80 == 0 {
                whole.client(part)
                other.client(part)
                for byte in part {
                    divided.client([byte])
                    otherDivided.client([byte])
                }
            } else {
                whole.server(part)
                other.server(part)
                for byte in part {
                    divided.server([byte])
                    otherDivided.server([byte])
                }
            }
            precondition(whole.isIdle == divided.isIdle, "however the bytes are divided, it is idle or not")
            precondition(whole.takesError == divided.takesError, "and so it is with the place for an error")
            precondition(!whole.isIdle || whole.takesError, "who is idle can be told")
            precondition(other.isIdle == otherDivided.isIdle, "however the bytes are divided, it is idle or not")
            precondition(other.errorNumber == otherDivided.errorNumber, "and so it is with an error's number")
            precondition(!other.isIdle || other.errorNumber == 1, "an error is the next answer")
            precondition(other.saysNotReady == otherDivided.saysNotReady, "and so it is with a node that is not ready")
        }
    }
}
