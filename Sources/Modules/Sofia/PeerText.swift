import SIP

extension String {
    /// The text without control characters: an escape in a URI or a quoted string can spell any of them, and names and
    /// numbers go into logs, events and terminals.
    var withoutControls: String {
        guard unicodeScalars.contains(where: Self.isControl) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.filter { !Self.isControl($0) }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // All of the general category Cc, and the two separators.
        case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029: true
        default: false
        }
    }

    /// How much of a peer's text one line of the log shows.
    private static let loggedLength = 128

    /// The text as a part of a log line that programs read: bounded, and without the brackets that end the part.
    var asLogged: String {
        String(withoutControls.filter { $0 != "[" && $0 != "]" }.prefix(Self.loggedLength))
    }
}

extension SIPURI {
    /// The user part without escapes and without the control characters that they may spell.
    var plainUser: String? { user?.withoutControls }
}
