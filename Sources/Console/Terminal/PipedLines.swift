import Glibc

/// The lines of a standard input that is no terminal.
struct PipedLines {
    /// How long a line may be, in octets; a longer one ends the input.
    static let lineLimit = 1 << 20

    private var buffer: [UInt8] = []
    private var isAtEnd = false

    /// The next line; `nil` at the end.
    ///
    /// - Parameter waiting: Waits for bytes; `false` when nobody wants them any more.
    mutating func next(waiting: () -> Bool) -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            if isAtEnd || buffer.count > Self.lineLimit {
                defer { buffer = [] }
                return buffer.isEmpty || !isAtEnd ? nil : String(decoding: buffer, as: UTF8.self)
            }
            guard waiting() else { return nil }
            fill()
        }
    }

    private mutating func fill() {
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(read(STDIN_FILENO, buffer.baseAddress, buffer.count), 0)
        }
        isAtEnd = bytes.isEmpty
        buffer += bytes
    }
}
