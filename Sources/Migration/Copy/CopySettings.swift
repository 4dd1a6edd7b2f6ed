/// The limits of a copy.
public struct CopySettings: Sendable, Hashable {
    /// How many rows a batch has at most: so many are read again, at most, after the copy was cut off.
    public var batchRows = 1000
    /// How many bytes of rows a batch takes in; one row more may be read.
    public var batchBytes = 8 << 20
    /// How many bytes a statement that puts several rows in may have; servers refuse what is too long for them.
    public var statementBytes = 512 << 10
    /// How many values a statement that puts several rows in may have.
    public var statementValues = 8000
    /// How long a statement may take.
    public var deadline = Duration.seconds(600)
    /// After how many batches the copy stops, as if it had been cut off; `nil` for never.
    var batchLimit: Int?

    /// The usual limits.
    public init() {}
}
