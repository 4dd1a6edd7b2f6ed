public import XMLConfig

extension ConfigurationReader {
    /// The text of a data source name; `nil` when it is not given, or empty.
    public mutating func dataSource(_ name: String) -> String? {
        let text = value(name, expecting: "a data source name") { text in
            text.isEmpty || (try? DataSourceName(text, directory: "")) != nil ? text : nil
        }
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }
}
