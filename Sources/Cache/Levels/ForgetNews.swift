/// What is new of what others have forgotten, whichever way they tell it.
struct ForgetNews: Sendable {
    var entries: [ForgetEntry] = []
    /// It is not known what was forgotten: everything has to be asked for again.
    var isUnknown = false
    /// It is not known either what was forgotten by those who ask other servers: what these here have may be from before.
    var isForeignUnknown = false

    static let unknown: ForgetNews = {
        var news = ForgetNews()
        news.isUnknown = true
        return news
    }()
}
