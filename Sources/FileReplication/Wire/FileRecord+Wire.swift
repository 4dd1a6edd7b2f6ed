extension VersionVector {
    func write(to writer: inout ByteWriter) {
        writer.list(entries) { $0.dot($1) }
    }

    init(reading reader: inout ByteReader) throws(WireError) {
        let dots = try reader.list(atMost: Self.maximumCount) { reader throws(WireError) in try reader.dot() }
        self.init()
        var last: NodeID?
        for dot in dots {
            if let last, dot.node <= last { throw .wrongOrder }
            last = dot.node
            insert(dot)
        }
    }
}

extension FileVersion {
    private enum Part {
        static let deleted: UInt8 = 1
        static let hash: UInt8 = 2
        static let growth: UInt8 = 4
        static let link: UInt8 = 8
        static let owner: UInt8 = 16
        static let precedence: UInt8 = 32
        static let all: UInt8 = 63
    }

    func write(to writer: inout ByteWriter) {
        writer.number8(
            (isDeleted ? Part.deleted : 0) | (hash == nil ? 0 : Part.hash) | (growth == nil ? 0 : Part.growth)
                | (link == nil ? 0 : Part.link) | (owner == dot.node ? 0 : Part.owner)
                | (precedence == metadata.modified ? 0 : Part.precedence)
        )
        writer.dot(dot)
        if owner != dot.node { writer.number64(owner.number) }
        metadata.write(to: &writer)
        if precedence != metadata.modified { writer.number64(UInt64(bitPattern: precedence)) }
        if let hash { writer.hash(hash) }
        if let growth {
            writer.dot(growth.beginning)
            writer.number(growth.base)
        }
        if let link { writer.path(link) }
    }

    init(reading reader: inout ByteReader) throws(WireError) {
        let parts = try reader.number8()
        guard parts & ~Part.all == 0 else { throw .wrongValue }
        let dot = try reader.dot()
        let owner = parts & Part.owner == 0 ? dot.node : NodeID(try reader.number64())
        guard parts & Part.owner == 0 || owner != dot.node else { throw .wrongValue }
        let metadata = try FileMetadata(reading: &reader)
        self.init(dot: dot, isDeleted: parts & Part.deleted != 0, metadata: metadata, owner: owner)
        if parts & Part.precedence != 0 {
            precedence = Int64(bitPattern: try reader.number64())
            guard precedence != metadata.modified else { throw .wrongValue }
        }
        if parts & Part.hash != 0 { hash = try reader.hash() }
        if parts & Part.growth != 0 {
            growth = Growth(beginning: try reader.dot(), base: try reader.number(atMost: UInt64(Int64.max)))
        }
        if parts & Part.link != 0 { link = try reader.path() }
        let isFile = metadata.kind == .file
        guard (hash == nil && growth == nil && link == nil) || isFile else { throw .wrongValue }
        guard !isFile || isDeleted || (hash == nil) == (growth != nil) else { throw .wrongValue }
    }
}

extension FileRecord {
    /// The whole record, as peers and stores have it.
    public var encoded: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout ByteWriter) {
        // Most files have one version, and nothing is known beyond it.
        let isPlain = versions.count == 1 && context == VersionVector(versions[0].dot)
        writer.count(isPlain ? 0 : versions.count + 1)
        if !isPlain { context.write(to: &writer) }
        for version in versions { version.write(to: &writer) }
    }

    init(reading reader: inout ByteReader) throws(WireError) {
        let count = try reader.count(atMost: Self.maximumVersions + 1)
        guard count > 0 else {
            let version = try FileVersion(reading: &reader)
            self.init(versions: [version], context: VersionVector(version.dot))
            return
        }
        let context = try VersionVector(reading: &reader)
        var versions: [FileVersion] = []
        for _ in 1..<count {
            let version = try FileVersion(reading: &reader)
            if let last = versions.last, version.dot <= last.dot { throw .wrongOrder }
            guard context.contains(version.dot) else { throw .wrongValue }
            versions.append(version)
        }
        guard count > 1 || !context.entries.isEmpty else { throw .wrongValue }
        guard count != 2 || context != VersionVector(versions[0].dot) else { throw .wrongNumber }
        self.init(versions: versions, context: context)
    }
}
