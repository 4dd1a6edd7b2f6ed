import Crypto
public import FileReplication

/// The hash of bytes that come piece by piece.
///
/// SHA-256, because processors have instructions for it, and a peer must not be able to make another file with the same hash.
public struct ContentHasher: Sendable {
    /// How much of a file is read at once.
    static let portion = 1 << 20

    private var hasher = SHA256()

    /// No bytes yet.
    public init() {}

    /// Takes the next bytes.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let isWhole: Void? = bytes.withContiguousStorageIfAvailable { bytes in
            unsafe hasher.update(bufferPointer: UnsafeRawBufferPointer(bytes))
        }
        if isWhole == nil { hasher.update(data: Array(bytes)) }
    }

    /// The hash of all bytes so far.
    public func finish() -> ContentHash { ContentHash(digest: hasher.finalize()) }

    /// The hash of bytes.
    public static func hash(_ bytes: some Sequence<UInt8>) -> ContentHash {
        var hasher = ContentHasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    /// The hash of all of a file.
    static func hash(_ file: OpenFile) throws(FileTreeError) -> ContentHash {
        var hasher = ContentHasher()
        var offset: UInt64 = 0
        while case let bytes = try file.read(portion, at: offset), !bytes.isEmpty {
            hasher.update(bytes)
            offset += UInt64(bytes.count)
        }
        return hasher.finish()
    }
}

extension ContentHash {
    init(digest: SHA256.Digest) {
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in digest.enumerated() where index < Self.count {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        self.init(words: (words[0], words[1], words[2], words[3]))
    }
}
