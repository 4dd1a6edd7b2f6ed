import FileReplication

/// Who speaks, which versions of the protocol, and of which folders.
struct PeerHello: Hashable, Sendable {
    /// What both understand beside the version.
    struct Features: OptionSet, Hashable, Sendable {
        let rawValue: UInt64
        /// Messages may be packed.
        static let packing = Features(rawValue: 1)
    }

    /// The versions that are understood.
    static let oldestVersion: UInt8 = 1
    static let newestVersion: UInt8 = 1
    /// What a conversation begins with.
    private static let magic = Array("tandemfs".utf8)
    private static let longestName = 255
    /// How many folders there may be.
    static let mostFolders = 256
    /// How long the name of one may be, in bytes.
    static let longestFolder = 64

    var oldest = PeerHello.oldestVersion
    var newest = PeerHello.newestVersion
    var features: Features = [.packing]
    /// What the node calls itself.
    var name: String
    /// A number that is another one after each start.
    var instance: UInt64
    /// The folders that the other one may touch, in the order by which they are numbered.
    var folders: [String]

    init(name: String, instance: UInt64, folders: [String]) {
        (self.name, self.instance, self.folders) = (name, instance, folders)
    }

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.raw(Self.magic)
        writer.number8(oldest)
        writer.number8(newest)
        writer.number64(features.rawValue)
        writer.number64(instance)
        writer.string(Array(name.utf8))
        writer.list(folders) { $0.string(Array($1.utf8)) }
        return writer.bytes
    }

    /// Reads one; what a newer node adds behind it is not looked at.
    init(decoding bytes: [UInt8]) throws(PeerFault) {
        var reader = ByteReader(bytes)
        guard let magic = try? reader.raw(Self.magic.count), magic.elementsEqual(Self.magic) else {
            throw .notThisProtocol
        }
        do throws(WireError) {
            (oldest, newest) = (try reader.number8(), try reader.number8())
        } catch {
            throw .malformed(error)
        }
        guard oldest <= Self.newestVersion, newest >= Self.oldestVersion, oldest <= newest else {
            throw .noCommonVersion(oldest: oldest, newest: newest)
        }
        do throws(WireError) {
            features = Features(rawValue: try reader.number64())
            instance = try reader.number64()
            name = try reader.text(atMost: Self.longestName)
            folders = try reader.list(atMost: Self.mostFolders) { reader throws(WireError) in
                try reader.text(atMost: Self.longestFolder)
            }
        } catch {
            throw .malformed(error)
        }
        guard Set(folders).count == folders.count else { throw .malformed(.wrongOrder) }
    }
}
