import Glibc

/// Small files of the operator's own.
enum SmallFile {
    /// More than any of them has, in octets.
    private static let limit = 1 << 20

    /// The text of a file; `nil` when it cannot be read.
    static func text(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
