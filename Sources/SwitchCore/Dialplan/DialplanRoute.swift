/// One application to execute.
public struct DialplanAction: Sendable, Hashable {
    /// The application's name, such as `bridge`.
    public var application: String
    /// Its argument: captures are substituted, `${…}` is still there and is expanded at execution.
    public var data: String
    /// Whether there is captured text in the data of an application that may be given none.
    public var hasForbiddenCaptures = false

    /// Makes an action.
    public init(application: String, data: String) {
        self.application = application
        self.data = data
    }
}

/// What a dialplan gives for a call: the list of applications to execute.
public struct DialplanRoute: Sendable, Hashable {
    /// The name of the extension that a phone's attended transfer runs.
    public static let attendedTransfer = "transfer"

    /// The name of the extension that contributed the first application.
    public var extensionName: String
    /// The applications in order.
    public var actions: [DialplanAction]

    /// Makes a route.
    public init(extensionName: String, actions: [DialplanAction]) {
        self.extensionName = extensionName
        self.actions = actions
    }
}
