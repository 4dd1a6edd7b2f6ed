import CPCRE2

/// What one match may cost.
@safe
// @unchecked: written once in init; PCRE2 only reads a match context.
final class MatchLimits: @unchecked Sendable {
    let context: OpaquePointer?
    /// A valid address for a subject without bytes.
    let emptySubject: UnsafePointer<UInt8>

    static let shared = MatchLimits()

    /// How many times the matcher may try to go on; a dialplan's expressions need a few hundred.
    private static let steps: UInt32 = 250_000
    /// How many positions the interpreter may remember.
    private static let depth: UInt32 = 20_000
    /// How much memory the interpreter may take, in KiB.
    private static let heapKibibytes: UInt32 = 4096

    private init() {
        unsafe context = pcre2_match_context_create_8(nil)
        let empty = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
        unsafe empty.initialize(to: 0)
        unsafe emptySubject = UnsafePointer(empty)
        _ = unsafe pcre2_set_match_limit_8(context, Self.steps)
        _ = unsafe pcre2_set_depth_limit_8(context, Self.depth)
        _ = unsafe pcre2_set_heap_limit_8(context, Self.heapKibibytes)
    }
}
