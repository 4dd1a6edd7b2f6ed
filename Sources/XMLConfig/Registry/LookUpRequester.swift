/// For whom look-ups are made, which is no part of the question: programs that answer are told what they always were.
public enum LookUpRequester {
    /// The address of the far end of the channel that a task works for, as text; `nil` where there is none.
    ///
    /// Tasks that it begins have it, too.
    @TaskLocal public static var address: String?
}
