import CMalloc

/// How the C library keeps memory that is free.
enum Heap {
    /// So much at the end of an arena is kept; the default of 128 KB is given back and asked for anew with every burst
    /// of messages, page by page.
    private static let keptBytes: Int32 = 64 << 20
    /// What is larger gets a mapping of its own; the buffer that datagrams are read into does not.
    private static let mappedBytes: Int32 = 16 << 20

    /// Sets both; to be called before there are other threads.
    static func configure() {
        mallopt(M_TRIM_THRESHOLD, keptBytes)
        mallopt(M_MMAP_THRESHOLD, mappedBytes)
    }
}
