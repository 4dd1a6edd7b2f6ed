/// Says which line of which file each line of an expanded text came from.
public struct LineMap: Sendable {
    /// Lines that follow each other in a file and in the text: one entry stands for all of them.
    private struct Run: Sendable {
        let textLine: UInt32
        let fileLine: UInt32
        let file: UInt32
    }

    private var files: [SourceFile] = []
    private var runs: [Run] = []

    /// A map of nothing.
    init() {}

    /// The map of a text that is a file as it is.
    init(wholeFile path: String) {
        let file = add(file: path)
        record(textLine: 1, file: file, line: 1)
    }

    /// The file and line that a line of the text came from.
    public func location(of textLine: Int) -> SourceLocation {
        let (file, line) = place(of: textLine)
        return SourceLocation(file: file.path, line: Int(line))
    }

    /// The paths of all files that the text came from, in the order they were opened in.
    public var paths: [String] { files.map(\.path) }

    mutating func add(file path: String) -> Int {
        files.append(SourceFile(path: path))
        return files.count - 1
    }

    /// Notes where a line of the text came from; lines are noted in order.
    mutating func record(textLine: Int, file: Int, line: Int) {
        let run = Run(
            textLine: UInt32(clamping: textLine),
            fileLine: UInt32(clamping: line),
            file: UInt32(clamping: file)
        )
        if let last = runs.last, last.file == run.file,
            last.fileLine &+ (run.textLine &- last.textLine) == run.fileLine
        {
            return
        }
        runs.append(run)
    }

    func place(of textLine: Int) -> (file: SourceFile, line: UInt32) {
        var run = 0
        return place(of: textLine, near: &run)
    }

    /// The same for somebody who asks for one line after the other.
    ///
    /// - Parameter run: What was found last, 0 before that.
    func place(of textLine: Int, near run: inout Int) -> (file: SourceFile, line: UInt32) {
        let wanted = UInt32(clamping: textLine)
        let isThere = run < runs.count && runs[run].textLine <= wanted
        let isLater = run + 1 < runs.count && runs[run + 1].textLine <= wanted
        if !isThere || isLater {
            guard let found = lastRun(upTo: wanted) else { return (files.first ?? .none, 0) }
            run = found
        }
        let found = runs[run]
        return (files[Int(found.file)], found.fileLine &+ (wanted &- found.textLine))
    }

    private func lastRun(upTo wanted: UInt32) -> Int? {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = low + (high - low) / 2
            if runs[middle].textLine <= wanted { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}
