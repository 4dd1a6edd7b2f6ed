/// Extensions of a test's dialplan.
enum Actions {
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
