extension ReplicaMessage {
    /// How many chunks there are in an answer at most.
    public static let maximumChunks = 4096

    private enum Kind: UInt8 {
        case digest = 1
        case list, listing, listBucket, records, bucketDone, listChunks, chunks, request, data, refused, follow, growth
    }

    /// The message as it is sent: the version, its kind, what it says.
    public var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.number8(Self.version)
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout ByteWriter) {
        func begin(_ kind: Kind) { writer.number8(kind.rawValue) }
        switch self {
        case .digest(let report):
            begin(.digest)
            report.write(to: &writer)
        case .list(let directory, let after):
            begin(.list)
            writer.path(directory)
            writer.string(after)
        case .listing(let listing):
            begin(.listing)
            listing.write(to: &writer)
        case .listBucket(let place):
            begin(.listBucket)
            place.write(to: &writer)
        case .records(let news):
            begin(.records)
            writer.list(news) { $1.write(to: &$0) }
        case .bucketDone(let place):
            begin(.bucketDone)
            place.write(to: &writer)
        case .listChunks(let question):
            begin(.listChunks)
            question.write(to: &writer)
        case .chunks(let id, let chunks, let isLast):
            begin(.chunks)
            writer.number(id)
            writer.number8(isLast ? 1 : 0)
            writer.list(chunks) { $1.write(to: &$0) }
        case .request(let questions):
            begin(.request)
            writer.list(questions) { $1.write(to: &$0) }
        case .data(let pieces):
            begin(.data)
            writer.list(pieces) { writer, piece in
                writer.number(piece.id)
                writer.string(piece.bytes)
            }
        case .refused(let ids):
            begin(.refused)
            writer.list(ids) { $0.number($1) }
        case .follow(let follow):
            begin(.follow)
            writer.path(follow.path)
            writer.dot(follow.dot)
            writer.number(follow.offset)
            writer.number(follow.limit)
        case .growth(let appended):
            begin(.growth)
            writer.path(appended.path)
            writer.dot(appended.dot)
            writer.number(appended.offset)
            writer.string(appended.bytes)
        }
    }

    /// Reads a message.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.maximumLength else { throw .tooLong }
        var reader = ByteReader(bytes)
        guard try reader.number8() == Self.version else { throw .unknownVersion }
        guard let kind = Kind(rawValue: try reader.number8()) else { throw .unknownMessage }
        self = try Self.read(kind, from: &reader)
        try reader.finish()
    }

    private static func read(_ kind: Kind, from reader: inout ByteReader) throws(WireError) -> Self {
        switch kind {
        case .digest: return .digest(try DigestReport(reading: &reader))
        case .list:
            let directory = try reader.path()
            return .list(directory, after: try name(from: &reader))
        case .listing: return .listing(try DirectoryListing(reading: &reader))
        case .listBucket: return .listBucket(try BucketPlace(reading: &reader))
        case .records:
            return .records(
                try reader.list(atMost: RecordNews.maximumCount) { r throws(WireError) in try RecordNews(reading: &r) }
            )
        case .bucketDone: return .bucketDone(try BucketPlace(reading: &reader))
        case .listChunks: return .listChunks(try ContentQuestion(reading: &reader))
        case .chunks:
            let id = try reader.number()
            let isLast = try reader.flag()
            let chunks = try reader.list(atMost: maximumChunks) { r throws(WireError) in try ContentChunk(reading: &r) }
            for (one, next) in zip(chunks, chunks.dropFirst()) {
                guard one.end == next.offset else { throw .wrongOrder }
            }
            return .chunks(id: id, chunks, isLast: isLast)
        case .request:
            return .request(
                try reader.list(atMost: ContentQuestion.maximumCount) { r throws(WireError) in
                    try ContentQuestion(reading: &r)
                }
            )
        case .data:
            return .data(
                try reader.list(atMost: ContentQuestion.maximumCount) { r throws(WireError) in
                    ContentPiece(id: try r.number(), bytes: try r.string(atMost: ContentPiece.maximumLength))
                }
            )
        case .refused:
            return .refused(
                try reader.list(atMost: ContentQuestion.maximumCount) { r throws(WireError) in try r.number() }
            )
        case .follow: return .follow(try Follow(reading: &reader))
        case .growth:
            return .growth(
                Appended(
                    path: try reader.path(),
                    dot: try reader.dot(),
                    offset: try reader.size(),
                    bytes: try reader.string(atMost: ContentPiece.maximumLength)
                )
            )
        }
    }

    /// A name, or nothing.
    fileprivate static func name(from reader: inout ByteReader) throws(WireError) -> [UInt8] {
        let name = try reader.string(atMost: TreePath.longestName)
        guard name.isEmpty || (try? TreePath.root.appending(name)) != nil else { throw .wrongPath }
        return name
    }
}

extension ByteReader {
    mutating func flag() throws(WireError) -> Bool {
        let byte = try number8()
        guard byte <= 1 else { throw .wrongValue }
        return byte == 1
    }

    /// A size of a file or an offset in one.
    mutating func size() throws(WireError) -> UInt64 {
        try number(atMost: UInt64(Int64.max))
    }

    mutating func digest() throws(WireError) -> EntryDigest {
        EntryDigest(high: try number64(), low: try number64())
    }
}

extension ByteWriter {
    mutating func digest(_ digest: EntryDigest) {
        number64(digest.high)
        number64(digest.low)
    }
}

extension ContentChunk {
    /// Where it ends.
    var end: UInt64 { offset &+ UInt64(length) }

    fileprivate func write(to writer: inout ByteWriter) {
        writer.number(offset)
        writer.number(UInt64(length))
        writer.hash(hash)
    }

    fileprivate init(reading reader: inout ByteReader) throws(WireError) {
        let offset = try reader.size()
        let length = try reader.number(atMost: UInt64(ReplicaMessage.ContentPiece.maximumLength))
        guard length > 0 else { throw .wrongValue }
        self.init(offset: offset, length: UInt32(length), hash: try reader.hash())
    }
}

extension ReplicaMessage.DigestReport {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.digest(root)
        known.write(to: &writer)
        stable.write(to: &writer)
    }

    fileprivate init(reading reader: inout ByteReader) throws(WireError) {
        root = try reader.digest()
        known = try VersionVector(reading: &reader)
        stable = try VersionVector(reading: &reader)
    }
}

extension ReplicaMessage.DirectoryListing {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.path(directory)
        writer.number8(UInt8(truncatingIfNeeded: summary.bits))
        for digest in summary.buckets { writer.digest(digest) }
        writer.string(after)
        writer.list(children) { writer, child in
            writer.string(child.name)
            writer.digest(child.digest)
        }
        writer.number8(isLast ? 1 : 0)
    }

    fileprivate init(reading reader: inout ByteReader) throws(WireError) {
        directory = try reader.path()
        let bits = Int(try reader.number8())
        guard bits <= Self.maximumBits else { throw .wrongNumber }
        guard reader.remaining >= 16 << bits else { throw .tooShort }
        var buckets: [EntryDigest] = []
        for _ in 0..<(1 << bits) { buckets.append(try reader.digest()) }
        summary = FileIndex.Summary(bits: bits, buckets: buckets)
        after = try ReplicaMessage.name(from: &reader)
        children = try reader.list(atMost: Self.maximumChildren) { reader throws(WireError) in
            let name = try ReplicaMessage.name(from: &reader)
            guard !name.isEmpty else { throw .wrongPath }
            return Child(name: name, digest: try reader.digest())
        }
        var last = after
        for child in children {
            guard last.lexicographicallyPrecedes(child.name) else { throw .wrongOrder }
            last = child.name
        }
        isLast = try reader.flag()
    }
}

extension ReplicaMessage.BucketPlace {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.path(directory)
        writer.number8(UInt8(truncatingIfNeeded: bits))
        writer.count(bucket)
    }

    fileprivate init(reading reader: inout ByteReader) throws(WireError) {
        directory = try reader.path()
        bits = Int(try reader.number8())
        guard bits <= ReplicaMessage.DirectoryListing.maximumBits else { throw .wrongNumber }
        bucket = Int(try reader.number(atMost: (1 << UInt64(bits)) - 1))
    }
}

extension ReplicaMessage.RecordNews {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.number8((isHeld ? 1 : 0) | (source == nil ? 0 : 2))
        writer.path(path)
        record.write(to: &writer)
        if let source { writer.path(source) }
    }

    fileprivate init(reading reader: inout ByteReader) throws(WireError) {
        let parts = try reader.number8()
        guard parts <= 3 else { throw .wrongValue }
        path = try reader.path()
        guard !path.isRoot else { throw .wrongPath }
        record = try FileRecord(reading: &reader)
        isHeld = parts & 1 != 0
        source = parts & 2 != 0 ? try reader.path() : nil
    }
}

extension ReplicaMessage.ContentQuestion {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.number(id)
        writer.path(path)
        writer.hash(hash)
        writer.number(offset)
        writer.number(UInt64(length))
    }

    fileprivate init(reading reader: inout ByteReader) throws(WireError) {
        id = try reader.number()
        path = try reader.path()
        hash = try reader.hash()
        offset = try reader.size()
        length = UInt32(try reader.number(atMost: UInt64(ReplicaMessage.ContentPiece.maximumLength)))
    }
}

extension ReplicaMessage.Follow {
    fileprivate init(reading reader: inout ByteReader) throws(WireError) {
        path = try reader.path()
        dot = try reader.dot()
        offset = try reader.size()
        limit = try reader.size()
        guard limit >= offset else { throw .wrongValue }
    }
}
