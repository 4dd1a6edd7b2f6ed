extension FileMetadata {
    /// Which of the parts that most files do not have follow.
    private enum Part {
        static let owner: UInt8 = 0x10
        static let attributes: UInt8 = 0x20
        static let access: UInt8 = 0x40
        static let target: UInt8 = 0x80
        static let kind: UInt8 = 0x0F
    }

    /// How long an attribute's name may be, in bytes (`XATTR_NAME_MAX`).
    static let longestAttributeName = 255

    func write(to writer: inout ByteWriter) {
        let hasAccess = !access.isEmpty || !defaultAccess.isEmpty
        writer.number8(
            kind.rawValue | (owner.isEmpty && group.isEmpty ? 0 : Part.owner)
                | (attributes.isEmpty ? 0 : Part.attributes) | (hasAccess ? Part.access : 0)
                | (target.isEmpty ? 0 : Part.target)
        )
        writer.number(size)
        writer.number64(UInt64(bitPattern: modified))
        writer.number(UInt64(mode & 0o7777))
        if !owner.isEmpty || !group.isEmpty {
            writer.string(owner.utf8)
            writer.string(group.utf8)
        }
        if !attributes.isEmpty {
            writer.list(attributes) { writer, attribute in
                writer.string(attribute.name)
                writer.string(attribute.value)
            }
        }
        if hasAccess {
            for entries in [access, defaultAccess] { writer.list(entries) { $1.write(to: &$0) } }
        }
        if !target.isEmpty { writer.string(target) }
    }

    init(reading reader: inout ByteReader) throws(WireError) {
        let parts = try reader.number8()
        guard let kind = FileKind(rawValue: parts & Part.kind) else { throw .wrongValue }
        self.init(kind: kind)
        size = try reader.number(atMost: UInt64(Int64.max))
        guard kind == .file || size == 0 else { throw .wrongValue }
        modified = Int64(bitPattern: try reader.number64())
        mode = UInt16(try reader.number(atMost: 0o7777))
        if parts & Part.owner != 0 {
            owner = try reader.text(atMost: Self.longestOwner)
            group = try reader.text(atMost: Self.longestOwner)
            guard !owner.isEmpty || !group.isEmpty else { throw .wrongValue }
        }
        if parts & Part.attributes != 0 { attributes = try Self.attributes(from: &reader) }
        if parts & Part.access != 0 {
            access = try reader.list(atMost: Self.mostAttributes) { r throws(WireError) in try AccessEntry(reading: &r)
            }
            defaultAccess = try reader.list(atMost: Self.mostAttributes) { r throws(WireError) in
                try AccessEntry(reading: &r)
            }
            guard !access.isEmpty || !defaultAccess.isEmpty else { throw .wrongValue }
        }
        if parts & Part.target != 0 {
            target = try reader.string(atMost: Self.longestTarget)
            guard kind == .symbolicLink, !target.isEmpty, !target.contains(0) else { throw .wrongValue }
        } else {
            guard kind != .symbolicLink else { throw .wrongValue }
        }
    }

    private static func attributes(from reader: inout ByteReader) throws(WireError) -> [ExtendedAttribute] {
        let attributes = try reader.list(atMost: mostAttributes) { reader throws(WireError) in
            ExtendedAttribute(
                name: try reader.string(atMost: longestAttributeName),
                value: try reader.string(atMost: mostAttributeBytes)
            )
        }
        guard !attributes.isEmpty else { throw .wrongValue }
        guard attributes.reduce(0, { $0 + $1.name.count + $1.value.count }) <= mostAttributeBytes else {
            throw .tooMany
        }
        for attribute in attributes {
            guard attribute.name.starts(with: "user.".utf8), !attribute.name.contains(0) else { throw .wrongText }
        }
        for (one, next) in zip(attributes, attributes.dropFirst()) {
            guard one.name.lexicographicallyPrecedes(next.name) else { throw .wrongOrder }
        }
        return attributes
    }
}

extension AccessEntry {
    func write(to writer: inout ByteWriter) {
        writer.number8(subject.rawValue << 4 | permissions & 7)
        writer.string(name.utf8)
    }

    init(reading reader: inout ByteReader) throws(WireError) {
        let byte = try reader.number8()
        guard let subject = Subject(rawValue: byte >> 4), byte & 0x0F <= 7 else { throw .wrongValue }
        self.init(subject, name: try reader.text(atMost: FileMetadata.longestOwner), permissions: byte & 7)
    }
}
