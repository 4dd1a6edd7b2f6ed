extension DatabaseDSN {
    /// The host and the port of a server that is reached over TCP; `nil` for files and unix sockets.
    public var endpoint: (host: String, port: Int)? {
        switch self {
        case .sqlite: return nil
        case .mariaDB(let server):
            return server.socket == nil ? (server.server, Int(server.port ?? 3306)) : nil
        case .postgreSQL(let server):
            guard let host = server.parameters["hostaddr"] ?? server.parameters["host"], !host.hasPrefix("/"),
                !host.contains(",")
            else { return nil }
            return (host, server.parameters["port"].flatMap { Int($0) } ?? 5432)
        }
    }
}
