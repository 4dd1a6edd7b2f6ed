/// What a node knows of a path, and what it has there.
public struct IndexEntry: Hashable, Sendable {
    /// What everybody knows or will know.
    public var record: FileRecord
    /// The version that is on this node's disk; `nil` for none.
    public var held: FileVersion?
    /// Who the file is on this node, to recognise it under another name.
    public var identity: FileIdentity?

    /// Nothing is known, and nothing is there.
    public init() {
        record = FileRecord()
    }

    /// Whether what is there is what should be.
    public var isSettled: Bool {
        guard let winner = record.winner else { return held == nil }
        return winner.isDeleted ? held == nil : held == winner
    }

    /// How many bytes the file will have that is not here yet.
    var bytesToCome: UInt64 {
        guard !isSettled, let winner = record.winner, !winner.isDeleted else { return 0 }
        return winner.metadata.size
    }

    /// The version that somebody sees who looks at what is here: what a change replaces.
    var seen: Dot? {
        guard let held else { return nil }
        if record.version(held.dot) != nil { return held.dot }
        guard let winner = record.winner, winner.hasSameContent(as: held) else { return nil }
        return winner.dot
    }

    /// Whether what is here has to be kept before something else takes its place.
    var isHeldAlone: Bool {
        guard let held, held.metadata.kind != .directory, held.dot != record.winner?.dot else { return false }
        if let winner = record.winner, held.hasSameContent(as: winner) { return false }
        return record.version(held.dot) != nil || !record.context.contains(held.dot)
    }

    /// Whether nothing would be lost with the entry.
    var isEmpty: Bool { record.isUnknown && held == nil }

    private enum Part {
        static let winner: UInt8 = 1
        static let version: UInt8 = 2
        static let identity: UInt8 = 4
        static let unknown: UInt8 = 8
    }

    /// The entry as it is stored.
    public var encoded: [UInt8] {
        var writer = ByteWriter()
        let isWinner = held != nil && held == record.winner
        writer.number8(
            (isWinner ? Part.winner : held == nil ? 0 : Part.version) | (identity == nil ? 0 : Part.identity)
                | (record.isUnknown ? Part.unknown : 0)
        )
        if !record.isUnknown { record.write(to: &writer) }
        if let held, !isWinner { held.write(to: &writer) }
        if let identity {
            writer.number(identity.device)
            writer.number(identity.inode)
        }
        return writer.bytes
    }

    /// Reads a stored entry.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        let parts = try reader.number8()
        record = parts & Part.unknown != 0 ? FileRecord() : try FileRecord(reading: &reader)
        if parts & Part.winner != 0 {
            held = record.winner
        } else if parts & Part.version != 0 {
            held = try FileVersion(reading: &reader)
        }
        if parts & Part.identity != 0 {
            identity = FileIdentity(device: try reader.number(), inode: try reader.number())
        }
        try reader.finish()
    }
}
