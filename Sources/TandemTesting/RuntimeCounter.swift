import Glibc
import Synchronization

/// Counts the allocations and reference counts of one thread.
///
/// The calls of all loaded objects to `malloc`, `swift_allocObject`, and the functions of the runtime that count references
/// go through slots of their global offset tables; the first counter puts functions there that count and go on to the real
/// ones. Nothing has to be preloaded, and nothing of the program under test is built differently. Several counters may be
/// in use at once, each for its own thread.
public struct RuntimeCounter: ~Copyable {
    /// How often each of the functions was called.
    public struct Counts: Equatable, Sendable {
        /// Calls of `malloc`.
        public var allocations = 0
        /// Calls of `swift_allocObject`.
        public var objects = 0
        /// References that were added, by `swift_retain` and its like for strings and arrays, one by one or several at once.
        public var retains = 0
        /// References that were taken away, likewise.
        public var releases = 0
    }

    private typealias Allocate = @convention(c) (Int) -> UnsafeMutableRawPointer?
    private typealias AllocateObject = @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?
    private typealias Retain = @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
    private typealias RetainSeveral = @convention(c) (UnsafeMutableRawPointer?, UInt32) -> UnsafeMutableRawPointer?
    private typealias Release = @convention(c) (UnsafeMutableRawPointer?) -> Void
    private typealias ReleaseSeveral = @convention(c) (UnsafeMutableRawPointer?, UInt32) -> Void

    /// A thread that is watched, and what it has done; no thread while `thread` is 0.
    private struct Watch {
        var thread = pthread_t(0)
        var counts = Counts()
    }

    /// What counts the references of one kind of object.
    private struct References {
        var retain: Retain
        var retainSeveral: RetainSeveral
        var release: Release
        var releaseSeveral: ReleaseSeveral

        /// The functions of these names, and those for several at once.
        init?(_ retain: String, _ release: String) {
            guard let one = dlsym(nil, retain), let several = dlsym(nil, retain + "_n"),
                let oneLess = dlsym(nil, release), let severalLess = dlsym(nil, release + "_n")
            else { return nil }
            self.retain = unsafeBitCast(one, to: Retain.self)
            retainSeveral = unsafeBitCast(several, to: RetainSeveral.self)
            self.release = unsafeBitCast(oneLess, to: Release.self)
            releaseSeveral = unsafeBitCast(severalLess, to: ReleaseSeveral.self)
        }
    }

    /// One block of plain memory: the counting functions may not run initialisers of globals, which allocate.
    private struct Shared {
        var watches: UnsafeMutablePointer<Watch>
        var malloc: Allocate
        var allocObject: AllocateObject
        var object: References
        var bridged: References

        /// The counts of the thread that calls, while somebody watches it.
        func counting(_ count: (inout Counts) -> Void) {
            let thread = pthread_self()
            for number in 0..<watchLimit where watches[number].thread == thread { count(&watches[number].counts) }
        }
    }

    /// How many counters there may be at once.
    private static let watchLimit = 8
    nonisolated(unsafe) private static var shared: UnsafeMutablePointer<Shared>?
    private static let isInstalled = install()
    private static let claimed = Mutex<Set<Int>>([])
    private let number: Int

    /// A counter; `nil` where the symbols are not found.
    public init?() {
        guard Self.isInstalled else { return nil }
        let free = Self.claimed.withLock { claimed -> Int? in
            guard let free = (0..<Self.watchLimit).first(where: { !claimed.contains($0) }) else { return nil }
            claimed.insert(free)
            return free
        }
        guard let free else { return nil }
        number = free
    }

    deinit {
        Self.shared?.pointee.watches[number] = Watch()
        _ = Self.claimed.withLock { [number] in $0.remove(number) }
    }

    /// Counts from now on what `thread` does.
    public func watch(_ thread: UInt64) {
        Self.shared?.pointee.watches[number] = Watch(thread: pthread_t(thread))
    }

    /// Counts from now on what the calling thread does.
    public func watchThisThread() {
        watch(UInt64(pthread_self()))
    }

    /// Stops counting.
    public func finish() -> Counts {
        guard let watches = Self.shared?.pointee.watches else { return Counts() }
        watches[number].thread = 0
        return watches[number].counts
    }

    private static func install() -> Bool {
        guard let malloc = dlsym(nil, "malloc"), let allocObject = dlsym(nil, "swift_allocObject"),
            let object = References("swift_retain", "swift_release"),
            let bridged = References("swift_bridgeObjectRetain", "swift_bridgeObjectRelease")
        else { return false }
        let watches = UnsafeMutablePointer<Watch>.allocate(capacity: watchLimit)
        watches.initialize(repeating: Watch(), count: watchLimit)
        let pointer = UnsafeMutablePointer<Shared>.allocate(capacity: 1)
        let shared = Shared(
            watches: watches,
            malloc: unsafeBitCast(malloc, to: Allocate.self),
            allocObject: unsafeBitCast(allocObject, to: AllocateObject.self),
            object: object,
            bridged: bridged
        )
        pointer.initialize(to: shared)
        Self.shared = pointer
        let replacements = Self.replacements()
        var isPatched = false
        for object in LoadedObjects() {
            for (name, slot) in object.slots {
                guard let replacement = replacements[name] else { continue }
                LoadedObjects.write(replacement, to: slot)
                isPatched = true
            }
        }
        return isPatched
    }

    private static func replacements() -> [String: UInt] {
        let malloc: Allocate = { size in
            guard let shared = RuntimeCounter.shared else { return nil }
            shared.pointee.counting { $0.allocations += 1 }
            return shared.pointee.malloc(size)
        }
        let allocObject: AllocateObject = { type, size, alignment in
            guard let shared = RuntimeCounter.shared else { return nil }
            shared.pointee.counting { $0.objects += 1 }
            return shared.pointee.allocObject(type, size, alignment)
        }
        return [
            "malloc": unsafeBitCast(malloc, to: UInt.self),
            "swift_allocObject": unsafeBitCast(allocObject, to: UInt.self),
        ].merging(countingReferences()) { first, _ in first }
    }

    // Functions of C capture nothing: each says itself which of the real ones it goes on to.
    private static func countingReferences() -> [String: UInt] {
        let retain: Retain = { object in
            guard let shared = RuntimeCounter.shared else { return object }
            shared.pointee.counting { $0.retains += 1 }
            return shared.pointee.object.retain(object)
        }
        let retainSeveral: RetainSeveral = { object, count in
            guard let shared = RuntimeCounter.shared else { return object }
            shared.pointee.counting { $0.retains += Int(count) }
            return shared.pointee.object.retainSeveral(object, count)
        }
        let release: Release = { object in
            guard let shared = RuntimeCounter.shared else { return }
            shared.pointee.counting { $0.releases += 1 }
            shared.pointee.object.release(object)
        }
        let releaseSeveral: ReleaseSeveral = { object, count in
            guard let shared = RuntimeCounter.shared else { return }
            shared.pointee.counting { $0.releases += Int(count) }
            shared.pointee.object.releaseSeveral(object, count)
        }
        return [
            "swift_retain": unsafeBitCast(retain, to: UInt.self),
            "swift_retain_n": unsafeBitCast(retainSeveral, to: UInt.self),
            "swift_release": unsafeBitCast(release, to: UInt.self),
            "swift_release_n": unsafeBitCast(releaseSeveral, to: UInt.self),
        ].merging(countingBridgedReferences()) { first, _ in first }
    }

    private static func countingBridgedReferences() -> [String: UInt] {
        let retain: Retain = { object in
            guard let shared = RuntimeCounter.shared else { return object }
            shared.pointee.counting { $0.retains += 1 }
            return shared.pointee.bridged.retain(object)
        }
        let retainSeveral: RetainSeveral = { object, count in
            guard let shared = RuntimeCounter.shared else { return object }
            shared.pointee.counting { $0.retains += Int(count) }
            return shared.pointee.bridged.retainSeveral(object, count)
        }
        let release: Release = { object in
            guard let shared = RuntimeCounter.shared else { return }
            shared.pointee.counting { $0.releases += 1 }
            shared.pointee.bridged.release(object)
        }
        let releaseSeveral: ReleaseSeveral = { object, count in
            guard let shared = RuntimeCounter.shared else { return }
            shared.pointee.counting { $0.releases += Int(count) }
            shared.pointee.bridged.releaseSeveral(object, count)
        }
        return [
            "swift_bridgeObjectRetain": unsafeBitCast(retain, to: UInt.self),
            "swift_bridgeObjectRetain_n": unsafeBitCast(retainSeveral, to: UInt.self),
            "swift_bridgeObjectRelease": unsafeBitCast(release, to: UInt.self),
            "swift_bridgeObjectRelease_n": unsafeBitCast(releaseSeveral, to: UInt.self),
        ]
    }
}

/// The program and the libraries that are loaded, with the slots through which they call others.
private struct LoadedObjects: Sequence, IteratorProtocol {
    struct Object {
        let base: UInt
        let dynamic: UnsafeMutablePointer<Elf64_Dyn>

        /// The named function slots: relocations of the kinds "jump slot" and "global data".
        var slots: [(String, UnsafeMutablePointer<UInt>)] {
            var entries: [Int: UInt] = [:]
            var entry = dynamic
            while entry.pointee.d_tag != DT_NULL {
                entries[Int(entry.pointee.d_tag)] = UInt(entry.pointee.d_un.d_ptr)
                entry += 1
            }
            guard let symbols = entries[Int(DT_SYMTAB)].flatMap({ UnsafePointer<Elf64_Sym>(bitPattern: $0) }),
                let names = entries[Int(DT_STRTAB)].flatMap({ UnsafePointer<CChar>(bitPattern: $0) })
            else { return [] }
            var result: [(String, UnsafeMutablePointer<UInt>)] = []
            for (table, size) in [(DT_JMPREL, DT_PLTRELSZ), (DT_RELA, DT_RELASZ)] {
                guard let start = entries[Int(table)].flatMap({ UnsafePointer<Elf64_Rela>(bitPattern: $0) }),
                    let bytes = entries[Int(size)]
                else { continue }
                for relocation in UnsafeBufferPointer(start: start, count: Int(bytes) / MemoryLayout<Elf64_Rela>.size) {
                    // x86-64: 6 and 7; AArch64: 1025 and 1026.
                    guard [6, 7, 1025, 1026].contains(relocation.r_info & 0xFFFF_FFFF),
                        let slot = UnsafeMutablePointer<UInt>(bitPattern: base &+ UInt(relocation.r_offset))
                    else { continue }
                    let symbol = symbols[Int(relocation.r_info >> 32)]
                    result.append((String(cString: names + Int(symbol.st_name)), slot))
                }
            }
            return result
        }
    }

    private var map: UnsafeMutablePointer<link_map>?

    init() {
        map = dlsym(nil, "_r_debug")?.assumingMemoryBound(to: r_debug.self).pointee.r_map
    }

    mutating func next() -> Object? {
        while let current = map {
            map = current.pointee.l_next
            let name = current.pointee.l_name.map { String(cString: $0) } ?? ""
            // The kernel's page has no tables that could be written, and the C library calls itself directly.
            guard let dynamic = current.pointee.l_ld, !name.contains("vdso"), !name.contains("ld-linux") else {
                continue
            }
            return Object(base: UInt(current.pointee.l_addr), dynamic: dynamic)
        }
        return nil
    }

    /// Writes a slot, which may have been made read-only once it was filled.
    static func write(_ value: UInt, to slot: UnsafeMutablePointer<UInt>) {
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let start = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: slot) & ~(page - 1))
        mprotect(start, Int(page), PROT_READ | PROT_WRITE)
        slot.pointee = value
    }
}
