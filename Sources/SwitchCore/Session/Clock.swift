import Glibc

/// Times as text, in the machine's zone.
public enum Clock {
    /// The longest text that a format may make, in bytes.
    private static let maximumLength = 1024

    /// A time by the C library's format; empty when the text would be too long.
    public static func text(_ format: String, seconds: Int64) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        guard localtime_r(&moment, &parts) != nil else { return "" }
        var buffer = [CChar](repeating: 0, count: maximumLength)
        let length = strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
