/// A set of ASCII bytes: what a grammar rule of RFC 3261 §25.1 allows.
struct ByteSet: Sendable {
    private let low: UInt64
    private let high: UInt64

    private init(low: UInt64, high: UInt64) {
        (self.low, self.high) = (low, high)
    }

    /// The bytes of these characters.
    init(_ characters: String) {
        var (low, high) = (UInt64(0), UInt64(0))
        for byte in characters.utf8 where byte < 128 {
            if byte < 64 { low |= 1 &<< UInt64(byte) } else { high |= 1 &<< UInt64(byte & 63) }
        }
        self.init(low: low, high: high)
    }

    /// Whether the byte is in the set; never for bytes beyond ASCII.
    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && ((byte < 64 ? low : high) &>> UInt64(byte & 63)) & 1 == 1
    }

    static func + (left: ByteSet, right: String) -> ByteSet {
        let right = ByteSet(right)
        return ByteSet(low: left.low | right.low, high: left.high | right.high)
    }

    static let alphanumeric = ByteSet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    /// The bytes of `token`.
    static let token = alphanumeric + "-.!%*_+`'~"
    /// The bytes of `unreserved`.
    static let unreserved = alphanumeric + "-_.!~*'()"
    /// The bytes of `user` without escapes.
    static let userPlain = unreserved + "&=+$,;?/"
    /// What is taken in a user part: telephones send `#` unescaped.
    static let userAccepted = userPlain + "#"
    /// The bytes of `password` without escapes.
    static let passwordPlain = unreserved + "&=+$,"
    /// The bytes of `paramchar` without escapes; `=` is taken in values too, as in `line=a2V5==`.
    static let uriParameterName = unreserved + "[]/:&+$"
    static let uriParameterValue = uriParameterName + "="
    /// The bytes of a URI's header without escapes.
    static let uriHeader = unreserved + "[]/?:+$"
    /// The bytes of `hostname`, and `_`, which DNS allows and operators use.
    static let hostname = alphanumeric + "-._"
    /// The bytes of `scheme`.
    static let scheme = alphanumeric + "+-."
    /// The bytes of a telephone number with its visual separators (RFC 3966 §3).
    static let telephone = ByteSet("0123456789ABCDEFabcdef*#-.()+")
    static let versionNumber = ByteSet("0123456789.")
    /// What an absolute URI may consist of.
    static let uri = unreserved + ";/?:@&=+$,%#[]"
}

extension UInt8 {
    /// Linear white space of a header value: blanks, and the line ends of folds.
    @inline(__always)
    var isLWS: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }

    /// What a parameter value outside of quotes may hold: more than `token`, so that addresses and odd tags pass.
    @inline(__always)
    var isBareValue: Bool {
        switch self {
        case UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "\\"), 0x7F:
            false
        default:
            self > 0x20
        }
    }
}
