import Base

/// What PowerDNS has us keep of zones: keys for DNSSEC, and what else it says about them.
struct KeyStore: Hashable, Sendable {
    /// A key of a zone.
    struct Key: Hashable, Sendable {
        let id: Int
        let flags: Int
        var isActive: Bool
        var isPublished: Bool
        /// The private key as text, which never reaches a log.
        let content: String
    }

    /// How many keys a zone may have.
    static let maximumKeys = 32
    /// How many kinds of metadata a zone may have, and how many values of each.
    static let maximumMetadata = 64
    /// How long one value may be, in bytes.
    static let maximumValue = 16_384

    /// Keys by the zone's name, written with its dot and in small letters.
    private(set) var keys: [String: [Key]] = [:]
    /// Metadata by the zone's name and their kind.
    private(set) var metadata: [String: [String: [String]]] = [:]
    private var lastID = 0

    init() {}

    /// Adds a key.
    ///
    /// - Returns: Its number; `nil` when there are too many.
    mutating func add(_ zone: String, flags: Int, isActive: Bool, isPublished: Bool, content: String) -> Int? {
        guard keys[zone]?.count ?? 0 < Self.maximumKeys, content.utf8.count <= Self.maximumValue else { return nil }
        lastID += 1
        let key = Key(id: lastID, flags: flags, isActive: isActive, isPublished: isPublished, content: content)
        keys[zone, default: []].append(key)
        return lastID
    }

    /// Changes a key; `nil` takes it away.
    mutating func change(_ zone: String, _ id: Int, _ body: (Key) -> Key?) -> Bool {
        guard let index = keys[zone]?.firstIndex(where: { $0.id == id }), let key = keys[zone]?[index] else {
            return false
        }
        if let changed = body(key) { keys[zone]?[index] = changed } else { keys[zone]?.remove(at: index) }
        return true
    }

    /// Sets the values of a kind; without values there is none.
    mutating func set(_ zone: String, _ kind: String, _ values: [String]) -> Bool {
        guard metadata[zone]?[kind] != nil || metadata[zone]?.count ?? 0 < Self.maximumMetadata,
            values.count <= Self.maximumMetadata, values.allSatisfy({ $0.utf8.count <= Self.maximumValue })
        else { return false }
        metadata[zone, default: [:]][kind] = values.isEmpty ? nil : values
        return true
    }

    // MARK: - In a file

    /// The store as JSON.
    var json: String {
        let keyObjects = keys.sorted { $0.key < $1.key }.flatMap { zone, keys in
            keys.map { key in
                JSONText.object(json: [
                    ("zone", JSONText.quoted(zone)), ("id", String(key.id)), ("flags", String(key.flags)),
                    ("active", key.isActive ? "true" : "false"), ("published", key.isPublished ? "true" : "false"),
                    ("content", JSONText.quoted(key.content)),
                ])
            }
        }
        let metadataObjects = metadata.sorted { $0.key < $1.key }.flatMap { zone, kinds in
            kinds.sorted { $0.key < $1.key }.map { kind, values in
                JSONText.object(json: [
                    ("zone", JSONText.quoted(zone)), ("kind", JSONText.quoted(kind)),
                    ("values", JSONText.array(json: values.map { JSONText.quoted($0) })),
                ])
            }
        }
        return JSONText.object(json: [
            ("keys", JSONText.array(json: keyObjects)), ("metadata", JSONText.array(json: metadataObjects)),
        ]) + "\n"
    }

    /// A store from its JSON; `nil` when it is none.
    init?(json bytes: some Collection<UInt8>) {
        guard let value = JSONValue(parsing: bytes), case .array(let keys)? = value["keys"],
            case .array(let metadata)? = value["metadata"]
        else { return nil }
        for key in keys {
            guard let zone = key["zone"]?.text, let id = key["id"]?.integer, let flags = key["flags"]?.integer,
                let content = key["content"]?.text, id > 0
            else { return nil }
            self.keys[zone, default: []].append(
                Key(
                    id: id,
                    flags: flags,
                    isActive: key["active"]?.truth ?? false,
                    isPublished: key["published"]?.truth ?? true,
                    content: content
                )
            )
            lastID = max(lastID, id)
        }
        for entry in metadata {
            guard let zone = entry["zone"]?.text, let kind = entry["kind"]?.text,
                case .array(let values)? = entry["values"]
            else { return nil }
            self.metadata[zone, default: [:]][kind] = values.compactMap(\.text)
        }
    }
}
