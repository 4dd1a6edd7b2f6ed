/// The number and method that order the requests of a dialog (RFC 3261 §8.1.1.5).
public struct CSeq: Hashable, Sendable {
    /// The number, below 2³¹.
    public var number: UInt32
    /// The method of the request.
    public var method: SIPMethod

    /// A number and a method.
    public init(_ number: UInt32, _ method: SIPMethod) {
        (self.number, self.method) = (number, method)
    }
}

extension CSeq: CustomStringConvertible {
    /// The value as it is sent, as in `314159 INVITE`.
    public var description: String { "\(number) \(method.name)" }
}
