extension Double {
    /// The number with so many places after the point, as `%.2f` of C writes it; nothing here is negative or huge.
    public func text(places: Int) -> String {
        let scale = (0..<min(max(places, 0), 9)).reduce(1) { scale, _ in scale * 10 }
        let value = Int(((self > 0 ? min(self, 1e9) : 0) * Double(scale)).rounded())
        guard scale > 1 else { return String(value) }
        // The one in front keeps the zeros.
        return "\(value / scale).\(String(scale + value % scale).dropFirst())"
    }
}
