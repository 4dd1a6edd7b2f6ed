import EventSocketProtocol

/// Feeds bytes to the framing of the event socket, as a stranger's and as a client's, whole and in pieces.
public enum EventSocketFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        for limits in [RequestFramer.Limits.stranger, .client] {
            let whole = requests(bytes, chunk: max(bytes.count, 1), limits)
            let pieces = requests(bytes, chunk: 1 + bytes.count % 7, limits)
            precondition(whole == pieces, "the network's pieces make no difference")
        }
    }

    private static func requests(_ bytes: [UInt8], chunk: Int, _ limits: RequestFramer.Limits) -> [String] {
        var framer = RequestFramer()
        var found: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            framer.append(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            do {
                while let request = try framer.next(within: limits) {
                    precondition(!request.line.isEmpty && request.headers.count < limits.lines)
                    precondition(request.argument.utf8.count <= request.line.utf8.count)
                    _ = Frame.reply(request.line, request.headers.map { ($0.name, $0.value) })
                    found.append("\(request.line)|\(request.command)|\(request.headers)|\(request.body ?? "-")")
                }
            } catch {
                return found + ["\(error)"]
            }
            precondition(framer.pendingBytes <= bytes.count)
        }
        return found
    }
}
