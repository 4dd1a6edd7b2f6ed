public import Base
public import HTTPTransport

/// A data center, as it is configured.
public struct DataCenter: Hashable, Sendable {
    /// The name, which rows of network conditions bear, and under which its host is found in each zone.
    public var name: String
    /// Its addresses.
    public var addresses: [IPAddress] = []
    /// What is asked for to know whether it is ready (`probe`); nothing when `nil`.
    public var probe: HTTPURL?
    /// Whether it gets no new calls.
    public var isDraining = false
}
