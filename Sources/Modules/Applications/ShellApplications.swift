import SwitchCore

/// Programs of the machine, when the command line allows them: what the commands `system` and `bg_system` do.
enum ShellApplications {
    static let all: [Application] = [
        application("system", command: "system"), application("bgsystem", command: "bg_system"),
    ]

    private static func application(_ name: String, command: String) -> Application {
        Application(name, syntax: "<command>", [.noMedia, .zombie]) { session, data in
            let answer = await session.softswitch.execute(command: "\(command) \(data)", for: session)
            let isRefused = ["-ERR ", "-USAGE: "].contains { answer.hasPrefix($0) }
            guard !isRefused else { throw ApplicationError("\(name): \(answer.prefix { $0 != "\n" })") }
        }
    }
}
