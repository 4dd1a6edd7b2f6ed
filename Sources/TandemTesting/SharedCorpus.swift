import Glibc

/// Configuration that operators have, and golden answers, beside the package when this machine has them.
///
/// Tests may read it; none of them needs it.
public enum SharedCorpus {
    /// The folder of a name in it; `nil` where there is none.
    public static func folder(_ name: String) -> String? {
        // This file is Sources/TandemTesting/… of the package.
        let beside = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        // A second working directory is one level further down.
        return [beside, beside + "/.."].map { "\($0)/shared/corpus/\(name)" }.first { access($0, F_OK) == 0 }
    }
}
