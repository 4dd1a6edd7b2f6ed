import Base

/// A URI as SIP headers carry it: sip: and sips: taken apart, tel: as a number, all others kept as they are.
///
/// RFC 3261 §19.1, RFC 3966. User and password are stored as they are on the wire, with their escapes, so that
/// printing gives back what was received; ``user`` and ``password`` show them unescaped.
public struct SIPURI: Hashable, Sendable {
    /// The kind of URI.
    public enum Scheme: Hashable, Sendable {
        case sip, sips, tel
        /// Another scheme, as it was written; the rest of the URI is in ``SIPURI/opaque``.
        case other(String)

        /// The scheme's name without the colon.
        public var name: String {
            switch self {
            case .sip: "sip"
            case .sips: "sips"
            case .tel: "tel"
            case .other(let name): name
            }
        }
    }

    /// The kind of URI.
    public var scheme: Scheme
    /// The user part with its escapes, or the number of a tel: URI with its visual separators.
    public var escapedUser: String?
    /// The password with its escapes.
    public var escapedPassword: String?
    /// The host; an empty name for tel: and other schemes.
    public var host: SIPHost
    /// The port, where the URI names one.
    public var port: UInt16?
    /// What follows each `;` after the host.
    public var parameters: SIPParameters
    /// What follows `?`, with its escapes.
    public var headers: [SIPParameter]
    /// Everything behind the colon, for schemes other than sip, sips and tel.
    public var opaque: String

    /// A sip: or sips: URI; `user` and `password` are escaped as needed.
    public init(
        _ scheme: Scheme = .sip,
        user: String? = nil,
        password: String? = nil,
        host: SIPHost,
        port: UInt16? = nil,
        parameters: SIPParameters = [:]
    ) {
        self.scheme = scheme
        (self.host, self.port, self.parameters) = (host, port, parameters)
        (headers, opaque) = ([], "")
        (escapedUser, escapedPassword) = (nil, nil)
        self.user = user
        self.password = password
    }

    /// Reads a URI of any scheme; `nil` when it breaks its grammar.
    public init?(_ text: String) {
        let bytes = text.utf8.span
        guard bytes.count <= SIPLimits.uriBytes, let scan = URIScan(bytes, 0..<bytes.count) else { return nil }
        self.init(scan, bytes)
    }

    /// The user part without escapes; setting it escapes what has to be (RFC 3261 §25.1 `user`).
    public var user: String? {
        get { escapedUser.map(SIPEscaping.unescape) }
        set { escapedUser = newValue.map { SIPEscaping.escape($0, keeping: .userPlain) } }
    }

    /// The password without escapes.
    public var password: String? {
        get { escapedPassword.map(SIPEscaping.unescape) }
        set { escapedPassword = newValue.map { SIPEscaping.escape($0, keeping: .passwordPlain) } }
    }

    /// The host as it stands in the URI: IPv6 in brackets.
    public var hostText: String { host.text }

    /// Whether the scheme is sip or sips.
    public var isSIP: Bool { scheme == .sip || scheme == .sips }

    /// The value of a URI parameter: empty for one that stands alone, `nil` when it is not there.
    public subscript(_ parameter: String) -> String? {
        get { parameters[parameter] }
        set { parameters[parameter] = newValue }
    }

    /// The number that is meant: a tel: number or a telephone-like user without `-.()` and without parameters.
    public var telephoneNumber: String? {
        guard let user, isSIP || scheme == .tel else { return nil }
        let number = user.prefix { $0 != ";" }.filter { !"-.() ".contains($0) }
        let digits = number.first == "+" ? number.dropFirst() : number[...]
        let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && ($0.isHexDigit || $0 == "*" || $0 == "#") }
        return isNumber ? String(number) : nil
    }
}

extension SIPURI: CustomStringConvertible {
    /// The URI as it is sent.
    public var description: String {
        var out: [UInt8] = []
        write(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Writes the URI; bytes that cannot stand where they are become `%HH`, so that no part can end the URI.
    func write(to out: inout [UInt8]) {
        out.append(contentsOf: scheme.name.utf8.lazy.filter(ByteSet.scheme.contains))
        out.append(UInt8(ascii: ":"))
        if case .other = scheme {
            out.append(contentsOf: SIPEscaping.escape(opaque, keeping: .uri).utf8)
            return
        }
        if let escapedUser {
            out.append(contentsOf: SIPEscaping.escape(escapedUser, keeping: .userAccepted + "%").utf8)
            if let escapedPassword {
                out.append(UInt8(ascii: ":"))
                out.append(contentsOf: SIPEscaping.escape(escapedPassword, keeping: .passwordPlain + "%").utf8)
            }
            if scheme != .tel { out.append(UInt8(ascii: "@")) }
        }
        if scheme != .tel {
            host.write(to: &out)
            if let port { out.append(contentsOf: ":\(port)".utf8) }
        }
        parameters.writeURIForm(to: &out)
        for (position, header) in headers.enumerated() {
            out.append(UInt8(ascii: position == 0 ? "?" : "&"))
            out.append(contentsOf: SIPEscaping.escape(header.name, keeping: .uriHeader + "%").utf8)
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: SIPEscaping.escape(header.value ?? "", keeping: .uriHeader + "%").utf8)
        }
    }
}
