import Base
import Glibc

/// Files that hold records: whole or not there at all.
enum RecordFile {
    /// The largest record that is read back, in bytes.
    static let lengthLimit = 16 << 20
    /// How many files that were moved aside differ only by the number at the end.
    static let sameNameLimit = 1000

    /// Writes a file beside its place and moves it there, so that nobody sees half of it; makes missing directories.
    ///
    /// - Parameter isDurable: Whether the record has to be on the disk, and not only with the kernel, on return.
    static func write(_ bytes: [UInt8], to path: String, isDurable: Bool) throws(RecordFileError) {
        let (directory, name) = split(path)
        // Hidden, so that an importer that watches the directory does not take it.
        let temporary = "\(directory)/.\(name).new"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        var descriptor = open(temporary, flags, 0o640)
        if descriptor < 0, errno == ENOENT {
            try makeDirectory(directory)
            descriptor = open(temporary, flags, 0o640)
        }
        guard descriptor >= 0 else { throw RecordFileError(temporary) }
        do throws(RecordFileError) {
            try append(bytes, to: descriptor, of: temporary)
            if isDurable, fsync(descriptor) != 0 { throw RecordFileError(temporary) }
        } catch {
            _ = close(descriptor)
            _ = unlink(temporary)
            throw error
        }
        guard close(descriptor) == 0, rename(temporary, path) == 0 else {
            let error = RecordFileError(path)
            _ = unlink(temporary)
            throw error
        }
        if isDurable { try synchronize(directory: directory) }
    }

    /// Writes all of the bytes at the end of an open file.
    static func append(_ bytes: [UInt8], to descriptor: Int32, of path: String) throws(RecordFileError) {
        guard DescriptorOutput.write(bytes, to: descriptor) else { throw RecordFileError(path) }
    }

    /// Adds bytes at the end of a file, all of them or none; makes the file and missing directories.
    static func extend(_ path: String, with bytes: [UInt8], isDurable: Bool) throws(RecordFileError) {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
        var descriptor = open(path, flags, 0o640)
        if descriptor < 0, errno == ENOENT {
            try makeDirectory(split(path).directory)
            descriptor = open(path, flags, 0o640)
        }
        guard descriptor >= 0 else { throw RecordFileError(path) }
        defer { _ = close(descriptor) }
        let length = lseek(descriptor, 0, SEEK_END)
        do throws(RecordFileError) {
            try append(bytes, to: descriptor, of: path)
            if isDurable, fdatasync(descriptor) != 0 { throw RecordFileError(path) }
            // A file that is new has to be found again, too.
            if isDurable, length == 0 { try synchronize(directory: split(path).directory) }
        } catch {
            // Half a line would spoil the next one.
            if length >= 0 { _ = ftruncate(descriptor, length) }
            throw error
        }
    }

    /// The bytes of a record; `nil` when somebody took it away.
    static func read(_ path: String) throws(RecordFileError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw RecordFileError(path)
        }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw RecordFileError(path)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= lengthLimit else { throw RecordFileError(path, reason: "longer than a record") }
        }
    }

    /// Moves a record to another directory.
    static func move(_ path: String, to other: String) throws(RecordFileError) {
        if rename(path, other) == 0 { return }
        guard errno == ENOENT else { throw RecordFileError(other) }
        try makeDirectory(split(other).directory)
        guard rename(path, other) == 0 else { throw RecordFileError(other) }
    }

    /// Moves a file to a path where nothing is: this one, or this one and a number.
    static func moveAside(_ path: String, to other: String) throws(RecordFileError) {
        let places = (0..<sameNameLimit).lazy.map { $0 == 0 ? other : "\(other)-\($0)" }
        guard let place = places.first(where: { access($0, F_OK) != 0 }) else {
            throw RecordFileError(other, reason: "there are \(sameNameLimit) such files")
        }
        if rename(path, place) != 0 { throw RecordFileError(place) }
    }

    /// Removes a record that has been delivered; whoever took it away before is welcome.
    static func remove(_ path: String) {
        _ = unlink(path)
    }

    /// The names of the files in a directory that end so, in alphabetical order; none when there is no directory.
    static func names(in directory: String, suffix: String, limit: Int) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), name.hasSuffix(suffix) { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a directory and those above it.
    static func makeDirectory(_ path: String) throws(RecordFileError) {
        do throws(LocalDirectory.Failure) {
            // What is safe inside is lost all the same when the new directory is. Not everybody may read the parent.
            try LocalDirectory.make(path) { try? synchronize(directory: $0) }
        } catch {
            throw RecordFileError(description: "\(error)")
        }
    }

    private static func synchronize(directory: String) throws(RecordFileError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RecordFileError(directory) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw RecordFileError(directory) }
    }

    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}

/// Why a record's file cannot be written or read.
struct RecordFileError: Error, CustomStringConvertible {
    let description: String

    /// What the system says about a path.
    init(_ path: String) {
        description = "\(path): \(String(cString: strerror(errno)))"
    }

    init(_ path: String, reason: String) {
        self.init(description: "\(path): \(reason)")
    }

    init(description: String) {
        self.description = description
    }
}
