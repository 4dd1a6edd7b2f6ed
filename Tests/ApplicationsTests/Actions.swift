/// Extensions of a test's dialplan.
enum Actions {
    /// What tests of commands call: 5000 answers and parks, 5001 parks, 5002 waits for a minute.
    static let numbers =
        `extension`("5000", [("answer", ""), ("park", "")]) + `extension`("5001", [("park", "")])
        + `extension`("5002", [("sleep", "60000")])

    /// An extension with these actions.
    static func `extension`(_ number: String, _ lines: [(String, String)]) -> String {
        """
        <extension name="e\(number)"><condition field="destination_number" expression="^\(number)$">\(xml(lines))</condition>
        </extension>
        """
    }

    /// A list of actions.
    static func xml(_ lines: [(String, String)]) -> String {
        lines.map { name, data in
            let escaped = data.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(
                "\"",
                with: "&quot;"
            )
            return "<action application=\"\(name)\" data=\"\(escaped)\"/>"
        }.joined()
    }
}
