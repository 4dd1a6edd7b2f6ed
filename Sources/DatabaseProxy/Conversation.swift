import Database
import NIOCore

/// What goes to and fro on two connections that are one for the client, and whether it has to come to an end.
///
/// It belongs to the loop of both connections.
final class Conversation {
    private var postgreSQL: PostgreSQLSession?
    private var mariaDB: MariaDBSession?
    /// How it ends for the sake of another node, when it has to.
    var departure: Departure?
    /// Whether the client has been told that it is over.
    var hasEnded = false

    /// The end of a connection whose node is left for another one.
    struct Departure {
        /// Asked before: it may stay after all by then.
        let mayStay: @Sendable () -> Bool
        /// Told when it goes.
        let note: @Sendable () -> Void
    }

    init(_ dialect: SQLDialect) {
        switch dialect {
        case .postgreSQL: postgreSQL = PostgreSQLSession()
        case .mariaDB: mariaDB = MariaDBSession()
        case .sqlite: break
        }
    }

    func heard(client bytes: ByteBufferView) {
        postgreSQL?.client(bytes)
        mariaDB?.client(bytes)
    }

    func heard(server bytes: ByteBufferView) {
        postgreSQL?.server(bytes)
        mariaDB?.server(bytes)
    }

    /// Whether the server has said that it is not ready for anybody.
    var saysNotReady: Bool { mariaDB?.saysNotReady ?? false }

    /// Whether it can end here, and nobody loses anything.
    var isIdle: Bool { postgreSQL?.isIdle ?? mariaDB?.isIdle ?? false }

    /// What the client is told at the end; `nil` where nothing can be said.
    ///
    /// Clients of MariaDB take what comes unasked for a fault: who has no transaction finds the connection closed, and
    /// connects again.
    func farewell(_ text: String) -> [UInt8]? {
        if let postgreSQL { return postgreSQL.takesError ? RefusalPacket.postgreSQLGoes(text) : nil }
        guard let mariaDB, !mariaDB.isIdle, let number = mariaDB.errorNumber else { return nil }
        return RefusalPacket.mariaDBGoes(text, number: number)
    }
}
