/// Something that keeps documents, and is told when they have changed where they come from.
public protocol DocumentCache: Sendable {
    /// Forgets what a key means, such as `directory:1000@tenant.example`, in whichever spelling of FusionPBX's.
    ///
    /// - Returns: How many documents there were, as far as that is known.
    func forget(_ key: String) async -> Int

    /// Forgets everything.
    ///
    /// - Returns: How many documents there were, as far as that is known.
    func forgetAll() async -> Int
}

extension Switch {
    /// Tells all who keep documents that what a key means has changed; everything, where there is none.
    ///
    /// - Returns: How many documents there were, as far as that is known.
    @discardableResult
    public func forgetDocuments(_ key: String? = nil) async -> Int {
        var count = 0
        for cache in documentCaches.all {
            if let key { count += await cache.forget(key) } else { count += await cache.forgetAll() }
        }
        return count
    }
}
