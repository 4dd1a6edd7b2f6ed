extension LocalPassword {
    /// The event socket's password that the first start made, where the file can be read.
    static func eventSocketPassword(in conf: String) -> String? {
        guard let text = SmallFile.text(of: conf + "/" + fileName) else { return nil }
        let mark = "data=\"event_socket_password="
        for line in text.split(separator: "\n") {
            guard let start = line.firstRange(of: mark)?.upperBound else { continue }
            return String(line[start...].prefix { $0 != "\"" })
        }
        return nil
    }
}
