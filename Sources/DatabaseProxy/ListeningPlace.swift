public import Database
public import DatabaseBalancer

/// Where the clients of a balancer connect.
public struct ListeningPlace: Sendable, Hashable, CustomStringConvertible {
    /// The balancer's name.
    public let balancer: String
    /// What its connections are for.
    public let use: Balancer.Use
    /// The address of this machine.
    public let address: String
    /// The port; with 0 any that is free.
    public var port: Int

    /// Where the balancers of a configuration listen.
    ///
    /// - Throws: Why it cannot be used: what is wrong in it, or that nothing would listen.
    public static func all(in configuration: BalancerConfiguration?) throws(DatabaseError) -> [ListeningPlace] {
        if let fault = configuration?.faults.first { throw DatabaseError(.dataSource, fault) }
        var places: [ListeningPlace] = []
        for settings in configuration?.balancers ?? [] {
            for (text, use) in [(settings.writerAddress, Balancer.Use.writing), (settings.readerAddress, .reading)] {
                guard let text else { continue }
                places.append(try place(text, settings.name, use))
            }
        }
        guard !places.isEmpty else {
            throw DatabaseError(.dataSource, "nothing would listen: no balancer has listen-writer or listen-reader")
        }
        return places
    }

    private static func place(
        _ text: String,
        _ balancer: String,
        _ use: Balancer.Use
    ) throws(DatabaseError) -> ListeningPlace {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw DatabaseError(.dataSource, "\(balancer): \"\(text)\" is not an address and a port")
        }
        let address = text[..<colon].filter { $0 != "[" && $0 != "]" }
        return ListeningPlace(balancer: balancer, use: use, address: address, port: Int(port))
    }

    /// `main: writing at 127.0.0.1 port 6432`.
    public var description: String { "\(balancer): \(use.rawValue) at \(address) port \(port)" }
}
