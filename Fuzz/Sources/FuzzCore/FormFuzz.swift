import Base
import HTTPTransport

/// Feeds text to the reader of forms, as whoever asks for XML may send it.
public enum FormFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        let form = FormFields(String(decoding: bytes, as: UTF8.self))
        precondition(form.all.count <= FormFields.countLimit)
        let text = form.all.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        let again = FormFields(text.joined(separator: "&"))
        precondition(again.all.count == form.all.count, "what was read is written readably")
        for (one, other) in zip(form.all, again.all) {
            precondition(one == other, "what was read is written as it was")
        }
    }
}
