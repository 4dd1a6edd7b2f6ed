import Base

/// Feeds text to the reader of base64, as rows of a database may hold it.
public enum Base64Fuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        precondition(Base64.decode(Base64.encode(bytes).utf8) == bytes, "what was written is read as it was")
        guard let content = Base64.decode(bytes) else { return }
        precondition(content.count <= bytes.count / 4 * 3 + 2, "nothing comes from nowhere")
        precondition(Base64.decode(Base64.encode(content).utf8) == content, "what was read is written as it was")
    }
}
