/// A text that comes from a peer, in which `${` can never begin an expression, whoever assigned it.
///
/// What a variable holds is expanded once more when it is used, so one assignment that is forgotten would let callers run
/// commands.
@propertyWrapper
public struct Neutralized: Sendable {
    private var text: String

    /// The text, with `%{` for `${`.
    public var wrappedValue: String {
        get { text }
        set { text = Template.neutralized(newValue) }
    }

    /// A text that no peer had a part in, as it is.
    init(trusted text: String) {
        self.text = text
    }

    /// A text as it may be kept.
    public init(wrappedValue: String) {
        text = Template.neutralized(wrappedValue)
    }
}
