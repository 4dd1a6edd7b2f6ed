import Base
import ExpressionText

/// Feeds text to `expr`, which dialplans give what callers dialled.
public enum ExpressionFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let value = try? Arithmetic.value(of: text) else { return }
        precondition(value.isFinite, "what has no value is an error")
        // What chance has a part in is another number each time.
        guard !text.contains("randomize") else { return }
        precondition((try? Arithmetic.value(of: text)) == value, "the same text has the same value")
        precondition((try? Arithmetic.value(of: " " + text)) == value, "spaces mean nothing")
    }
}
