import Glibc

/// What a test does with files, as any program would.
enum TestFiles {
    static func write(_ bytes: [UInt8], to path: String, append: Bool = false) {
        guard let file = fopen(path, append ? "a" : "w") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer.prefix(count) }
        return bytes
    }

    static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
                    var text: [UInt8] = []
                    var next = bytes
                    while next.pointee != 0 {
                        text.append(next.pointee)
                        next += 1
                    }
                    return text
                }
            }
            // Latin 1, so that every name is one text and back.
            let text = String(String.UnicodeScalarView(name.map { Unicode.Scalar($0) }))
            if text != ".", text != ".." { names.append(text) }
        }
        return names.sorted()
    }

    /// All of a folder that is replicated: kinds, contents, permissions, times.
    static func tree(_ root: String, below: String = "") -> [String: String] {
        var found: [String: String] = [:]
        for name in names(root + below) where !(below.isEmpty && name == ".tandem-sync") {
            let bytes =
                (root + below + "/").utf8.map { CChar(bitPattern: $0) }
                + name.unicodeScalars.map { CChar(bitPattern: UInt8($0.value)) } + [0]
            var status = stat()
            guard lstat(bytes, &status) == 0 else { continue }
            let path = "\(below)/\(name)"
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                found[path] = "directory \(status.st_mode & 0o7777)"
                found.merge(tree(root, below: path)) { $1 }
            case S_IFLNK:
                var target = [CChar](repeating: 0, count: 4096)
                let count = readlink(bytes, &target, 4095)
                found[path] = "link \(target.prefix(max(0, count)))"
            default:
                let time = "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
                found[path] = "file \(status.st_mode & 0o7777) \(status.st_size) \(time) \(sum(bytes))"
            }
        }
        return found
    }

    private static func sum(_ path: [CChar]) -> Int {
        guard let file = fopen(path, "r") else { return 0 }
        defer { fclose(file) }
        var sum = Hasher()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            buffer.withUnsafeBytes { sum.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return sum.finalize()
    }
}
