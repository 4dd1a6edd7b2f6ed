import DatabaseBalancer
import HTTPTransport
import SwitchCore

/// What the command and the application make of a look-up.
extension CallerNameLookup {
    /// The command: prints the name.
    func answer(_ text: String) async -> String {
        let request = CallerNameRequest(text)
        guard let number = request.number else { return "-ERR\ncidlookup \(CallerNameRequest.syntax)\n" }
        if number == "status" { return status }
        let found = await name(for: request, number: number)
        guard !Template.containsReference(found.name) else {
            return "-ERR Invalid CID data {\(found.name)} contains a variable\n"
        }
        return found.name + (request.isVerbose ? " (\(found.area)) [\(found.source)]" : "")
    }

    /// The application: gives the caller the name, and leaves in variables where it is from.
    func run(_ data: String, on session: isolated Session) async throws {
        let request = CallerNameRequest(data)
        let found = await name(for: request, number: request.number ?? session.profile.callerIDNumber)
        try Task.checkCancellation()
        guard !Template.containsReference(found.name) else {
            throw ApplicationError("the name that was found has an expression in it")
        }
        session.setVariable("original_caller_id_name", session.profile.callerIDName)
        session.setVariable("cidlookup_source", found.source)
        session.setVariable("cidlookup_area", found.area)
        if !found.name.isEmpty { session.profile.callerIDName = found.name }
        session.softswitch.events.publish(.callUpdate) {
            var event = session.makeEvent(.callUpdate)
            event.add("Direction", "RECV")
            if let partner = session.partner { event.add("Bridged-To", partner.id) }
            return event
        }
    }

    /// What is configured, without what has to stay secret: keys in the URL, passwords of the database.
    private var status: String {
        let url = configuration.url.map { url in String(HTTPURL.separatingUserInfo(url).url.prefix { $0 != "?" }) }
        let database = configuration.dsn.flatMap { try? DataSourceName($0, directory: databaseDirectory) }
        return """
            +OK
             url: \(url ?? "(null)")
             cache: \(configuration.keepsNames)
             cache-expire: \(configuration.keepingSeconds)
             curl-timeout: \(configuration.timeout)
             curl-warn-duration: \(configuration.slowness)
             odbc-dsn: \(database?.description ?? "(null)")
             sql: \(configuration.nameSQL ?? "(null)")
             citystate-sql: \(configuration.areaSQL ?? "(null)")

            """
    }
}
