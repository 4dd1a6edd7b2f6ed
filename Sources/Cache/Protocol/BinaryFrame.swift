/// What memcached's binary protocol calls things, and how a frame begins.
///
///     magic  opcode  key length   extras length  type  status   body length  opaque   number
///     1      1       2            1              1     2        4            4        8
enum BinaryFrame {
    /// How long the beginning of a frame is, in bytes.
    static let headLength = 24
    /// How the frames that servers are sent begin, and those that they send.
    static let (request, response): (UInt8, UInt8) = (0x80, 0x81)
    /// What a `get` has as its mark where the numbers of items are wanted; replies have it, too.
    static let numbered: UInt32 = 1
    /// A point in time that is over: with it an item is gone at once. (It is longer than a time to live may be.)
    static let past = UInt32(MemcachedCommand.longest + 1)
    /// With this in the place of a time, a counter that is not there is not made.
    static let notMade = UInt32.max

    /// What is asked for.
    enum Opcode: UInt8 {
        case set = 0x01
        case add = 0x02
        case replace = 0x03
        case delete = 0x04
        case increment = 0x05
        case decrement = 0x06
        case flush = 0x08
        case noOperation = 0x0A
        case version = 0x0B
        /// A `get` that says its key, and nothing where there is no item.
        case getQuietly = 0x0D
        case statistics = 0x10
        case touch = 0x1C
        case authenticate = 0x21
    }

    /// How it went.
    enum Status: UInt16 {
        case ok = 0x00
        case notFound = 0x01
        case exists = 0x02
        case tooLarge = 0x03
        case invalid = 0x04
        case notStored = 0x05
        case notNumeric = 0x06
        case unauthorized = 0x20
        /// More has to be shown, which no mechanism does that is used here.
        case goesOn = 0x21
        case unknownCommand = 0x81
    }
}

extension ArraySlice<UInt8> {
    /// All of it as one number, the highest byte first; of more than eight bytes, the last eight.
    var bigEndian: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
}
