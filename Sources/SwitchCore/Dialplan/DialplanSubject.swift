/// The call that a dialplan is hunted for, as the hunter sees it.
///
/// A class of the session's own isolation: hunting runs wherever its caller runs and never leaves it.
public protocol DialplanSubject: AnyObject, ExpansionScope {
    /// A field of the caller profile by its lower-case name, such as `destination_number`; nil when there is none.
    func profileField(_ name: String) -> String?

    /// The clock of the call, in the zone of `tod_tz_offset` (hours) or `timezone` when the channel has them.
    func brokenDownTime() -> BrokenDownTime

    /// Replaces an array variable with what a condition captured (`DP_MATCH`, `DP_REGEX_MATCH_1` …).
    ///
    /// Nothing captured removes it. Captured text is often a caller's: use ``Variables/setCaptures(_:_:)``.
    func setCaptures(_ name: String, _ captures: [String])

    /// Runs an application while hunting (`inline="true"`); the data's captures are substituted, `${…}` is not expanded.
    ///
    /// The session refuses applications that may not run inline.
    func executeInline(_ action: DialplanAction) async

    /// Tells what the hunter does, for the log.
    ///
    /// Called for each step when ``tracesHunt`` is true, and always for ``DialplanTrace/invalidExpression``.
    func trace(_ event: DialplanTrace)

    /// Whether the hunter shall describe each test.
    var tracesHunt: Bool { get }

    /// Whether an application's data may have captures in them, which are there before an expression is read: what one has
    /// captured can end an expression that was to quote it.
    func takesCaptures(_ application: String) -> Bool

    /// Whether nobody waits for the result any more: the call has ended.
    var isOver: Bool { get }
}

extension DialplanSubject {
    /// Nothing is told by default.
    public func trace(_ event: DialplanTrace) {}
    /// Nothing is told by default.
    public var tracesHunt: Bool { false }
    /// All may, by default, as they may in FreeSWITCH.
    public func takesCaptures(_ application: String) -> Bool { true }
    /// Somebody waits, by default.
    public var isOver: Bool { false }
}
