/// Why a module for call detail records cannot start.
struct CDRError: Error, CustomStringConvertible {
    let description: String
}
