import Base

/// What an observer makes of the answers of one data center: a value.
///
/// A question needs a connection first, and then an answer; each may take as long as the way there and back usually does,
/// and some more. What comes later is no answer, but tells how long the way is.
struct CenterWatch: Sendable {
    /// How many questions may be on their way.
    static let maximumQuestions = 10

    private struct Question: Sendable {
        let number: Int
        /// When it began, and when it was sent after that.
        var since: MonotonicInstant
        var isSent = false
        var isLate = false
    }

    private let center: String
    private let observer: String
    private var misses = 0
    private var serial: Int64
    /// The number of the last question, and of the newest one of which it is clear what became of it.
    private var (asked, newest) = (0, 0)
    private var questions: [Question] = []
    private var patience = AnswerPatience()

    /// Nothing is known yet.
    ///
    /// - Parameter serial: Where the numbers of observations begin: further than those of an earlier run.
    init(center: String, observer: String, serial: Int64) {
        (self.center, self.observer, self.serial) = (center, observer, serial)
    }

    /// When the next question will be without an answer for too long; `nil` while none is on its way.
    var due: MonotonicInstant? { questions.filter { !$0.isLate }.map { $0.since + patience.limit }.min() }

    /// Begins a question.
    ///
    /// - Returns: Its number; `nil` while too many are on their way.
    mutating func ask(at now: MonotonicInstant) -> Int? {
        guard questions.count < Self.maximumQuestions else { return nil }
        asked += 1
        questions.append(Question(number: asked, since: now))
        return asked
    }

    /// There is a connection, and a question was sent.
    mutating func sent(_ number: Int, at now: MonotonicInstant) {
        guard let index = questions.firstIndex(where: { $0.number == number }) else { return }
        (questions[index].since, questions[index].isSent) = (now, true)
    }

    /// The data center has answered a question with a status of HTTP; `nil` when it is clear that it will not.
    ///
    /// - Returns: What is seen now; `nil` when that is nothing new: what comes after the answer to a later question, or too
    ///   late, says nothing.
    mutating func heard(_ status: Int?, to number: Int, at now: MonotonicInstant) -> CenterObservation? {
        guard let index = questions.firstIndex(where: { $0.number == number }) else { return nil }
        let question = questions.remove(at: index)
        if status != nil, question.isSent { patience.take(now - question.since) }
        return question.isLate ? nil : observation(status, of: number)
    }

    /// Takes in that time has passed.
    ///
    /// - Returns: What is seen when answers have not come in time.
    mutating func tick(at now: MonotonicInstant) -> [CenterObservation] {
        let limit = patience.limit
        return questions.indices.compactMap { index in
            guard !questions[index].isLate, now - questions[index].since >= limit else { return nil }
            questions[index].isLate = true
            return observation(nil, of: questions[index].number)
        }
    }

    private mutating func observation(_ status: Int?, of number: Int) -> CenterObservation? {
        guard number > newest else { return nil }
        newest = number
        serial += 1
        misses = status == nil ? min(misses + 1, 1000) : 0
        // Whoever says anything else than that it is ready is there, and is not.
        let state: CenterObservation.State = status.map { (200..<300).contains($0) ? .ready : .unready } ?? .silent
        return CenterObservation(center: center, observer: observer, state: state, misses: misses, serial: serial)
    }
}
