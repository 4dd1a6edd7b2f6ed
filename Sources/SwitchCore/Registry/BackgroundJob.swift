/// A command that runs beside its asker (`bgapi`): its answer comes as the event `BACKGROUND_JOB`.
public struct BackgroundJob: Sendable {
    /// What the job is known by.
    public var uuid: String
    /// The command's name.
    public var command: String
    /// Its arguments.
    public var arguments: String
    /// The channel on whose behalf it runs.
    public var owner: String?

    /// A job for a command line.
    public init(uuid: String, line: String, owner: String? = nil) {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        (self.uuid, self.owner) = (uuid, owner)
        command = parts.first.map(String.init) ?? ""
        arguments = parts.count > 1 ? String(parts[1]) : ""
    }

    /// Runs the command and publishes its answer.
    public func run(on softswitch: Switch) async {
        let answer = await softswitch.execute(command: arguments.isEmpty ? command : "\(command) \(arguments)")
        softswitch.events.publish(.backgroundJob) {
            var event = softswitch.makeEvent(.backgroundJob)
            event.add("Job-UUID", uuid)
            if let owner { event.add("Job-Owner-UUID", owner) }
            event.add("Job-Command", command)
            if !arguments.isEmpty { event.add("Job-Command-Arg", arguments) }
            event.body = answer
            return event
        }
    }
}
