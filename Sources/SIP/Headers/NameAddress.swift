import Base

/// A `name-addr` or `addr-spec` with the parameters of its header: From, To, Contact, Route and their kin.
public struct NameAddress: Hashable, Sendable {
    /// The display name without quotes and escapes.
    public var displayName: String?
    /// The address.
    public var uri: SIPURI
    /// The parameters of the header field (`tag`, `expires`, `q` …), not those of the URI.
    public var parameters: SIPParameters

    /// An address, with a name and parameters if there are any.
    public init(_ uri: SIPURI, displayName: String? = nil, parameters: SIPParameters = [:]) {
        (self.uri, self.displayName, self.parameters) = (uri, displayName, parameters)
    }

    /// Reads one address; `nil` when it breaks its grammar.
    public init?(_ text: String) {
        let bytes = text.utf8.span
        guard let scan = AddressScan(bytes, 0..<bytes.count) else { return nil }
        self.init(scan, bytes)
    }

    /// The dialog's tag (RFC 3261 §19.3); `nil` where there is none.
    public var tag: String? {
        get { parameters["tag"] }
        set { parameters["tag"] = newValue }
    }

    /// The value of a header parameter: empty for one that stands alone, `nil` when it is not there.
    public subscript(_ parameter: String) -> String? {
        get { parameters[parameter] }
        set { parameters[parameter] = newValue }
    }
}

extension NameAddress: CustomStringConvertible {
    /// The address as it is sent: the URI always in angle brackets, the name always quoted.
    public var description: String {
        var out: [UInt8] = []
        write(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    func write(to out: inout [UInt8]) {
        if let displayName {
            SIPEscaping.writeQuoted(displayName, to: &out)
            out.append(UInt8(ascii: " "))
        }
        out.append(UInt8(ascii: "<"))
        uri.write(to: &out)
        out.append(UInt8(ascii: ">"))
        parameters.writeHeaderForm(to: &out)
    }
}
