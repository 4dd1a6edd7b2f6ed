import Base
import Testing

@testable import Cache

struct MemoryTests {
    private func entry(_ name: String, _ group: String = "s.g", tags: [String] = [], cost: Int = 1)
        -> MemoryLevel<String>.Entry
    {
        MemoryLevel<String>.Entry(
            key: CacheKey(name: name, group: group, section: "s"),
            value: name,
            tags: tags,
            cost: cost
        )
    }

    @Test func forgetsWhatWasNotAskedForLongest() {
        var memory = MemoryLevel<String>(countLimit: 3, costLimit: 100)
        for name in ["a", "b", "c"] { memory.insert(entry(name)) }
        _ = memory.find("a")
        memory.insert(entry("d"))
        let kept = ["a", "b", "c", "d"].filter { memory.find($0) != nil }
        #expect(kept == ["a", "c", "d"])
    }

    @Test func holdsNoMoreBytesThanItMay() {
        var memory = MemoryLevel<String>(countLimit: 100, costLimit: 10)
        for number in 0..<20 { memory.insert(entry("\(number)", cost: 3)) }
        #expect(memory.count == 3)
        #expect(memory.cost == 9)
        // One that is larger than all is kept alone: it was dear to load.
        memory.insert(entry("large", cost: 50))
        #expect(memory.count == 1)
        memory.insert(entry("large", cost: 2))
        #expect(memory.cost == 2)
    }

    @Test func forgetsByGroupSectionAndTag() {
        var memory = MemoryLevel<String>(countLimit: 100, costLimit: 100)
        memory.insert(entry("a", "s.one"))
        memory.insert(entry("b", "s.two", tags: ["s.one"]))
        memory.insert(entry("c", "s.two"))
        let counts = ["s.one", "s", "s"].map { memory.removeAll(tagged: $0) }
        #expect(counts == [2, 1, 0])
        #expect(memory.cost == 0)
    }

    /// Random insertions, look-ups and removals, beside a list that does the same slowly.
    @Test func agreesWithAList() {
        var memory = MemoryLevel<String>(countLimit: 8, costLimit: 1000)
        var list: [String] = []
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<5000 {
            let name = "\(Int.random(in: 0..<16, using: &generator))"
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                memory.insert(entry(name))
                list.removeAll { $0 == name }
                list.append(name)
                if list.count > 8 { list.removeFirst() }
            case 1:
                let isThere = memory.find(name) != nil
                #expect(isThere == list.contains(name))
                if isThere {
                    list.removeAll { $0 == name }
                    list.append(name)
                }
            default:
                let was = memory.remove(name)
                #expect(was == list.contains(name))
                list.removeAll { $0 == name }
            }
            #expect(memory.count == list.count)
        }
    }

    @Test func admitsSoManyUnknownNames() {
        var budget = UnknownBudget(burst: 3, perSecond: 2, sources: 2)
        let start = MonotonicInstant.zero
        func tries(_ source: String, _ seconds: Int, _ count: Int) -> [Bool] {
            (0..<count).map { _ in
                let isAdmitted = budget.admits(source, at: start + .seconds(seconds))
                if isAdmitted { budget.charge(source, at: start + .seconds(seconds)) }
                return isAdmitted
            }
        }
        var found = tries("a", 0, 5)
        #expect(found == [true, true, true, false, false])
        // Another source has its own.
        found = tries("b", 0, 1)
        #expect(found == [true])
        found = tries("a", 1, 3)
        #expect(found == [true, true, false])
        // Many that were under way together cost no more than twice what there is.
        for _ in 0..<1000 { budget.charge("a", at: start + .seconds(1)) }
        #expect(!budget.admits("a", at: start + .seconds(2)))
        #expect(budget.admits("a", at: start + .seconds(3)))
        // However many sources there are, the table does not grow.
        for number in 0..<1000 { budget.charge("\(number)", at: start) }
        #expect(budget.count <= 2)
        // The others stay as they are when those go that have found nothing for longest.
        var large = UnknownBudget(burst: 1, perSecond: 0, sources: 100)
        for number in 0..<60 { large.charge("\(number)", at: start) }
        let left = (0..<60).filter { !large.admits("\($0)", at: start) }
        #expect(left == Array(0..<60))
        for number in 60..<120 { large.charge("\(number)", at: start) }
        #expect(!large.admits("119", at: start))
        #expect(large.admits("0", at: start))
    }

    @Test func knowsWhatWasForgottenSince() {
        var history = ForgetHistory()
        let before = history.now
        let time = MonotonicInstant.zero
        history.note(["a"], at: time)
        let after = history.now
        #expect(history.forgot(["a", "b"], since: before))
        #expect(!history.forgot(["b"], since: before))
        #expect(!history.forgot(["a"], since: after))
        history.noteAll(at: time)
        #expect(history.forgot(["c"], since: after))
        // More than it can remember: what is old counts as forgotten.
        let late = history.now
        for number in 0..<10_000 { history.note(["\(number)"], at: time) }
        #expect(history.forgot(["z"], since: late))
        #expect(!history.forgot(["z"], since: history.now))
    }

    @Test func knowsWhenItWasForgotten() {
        var history = ForgetHistory()
        func instant(_ seconds: Int) -> MonotonicInstant { .zero + .seconds(seconds) }
        history.note(["a"], at: instant(10))
        #expect(history.forgot(["b", "a"], within: .seconds(5), before: instant(14)))
        #expect(!history.forgot(["b"], within: .seconds(5), before: instant(14)))
        #expect(!history.forgot(["a"], within: .seconds(5), before: instant(15)))
        let moment = history.now
        history.doubtAll()
        #expect(history.isInDoubt(since: moment))
        #expect(!history.isInDoubt(since: history.now))
        #expect(!history.forgot(["b"], since: moment))
        #expect(history.forgot(["a"], within: .seconds(5), before: instant(14)))
        history.doubtAll(forgottenAt: instant(16))
        #expect(history.forgot(["b"], within: .seconds(5), before: instant(20)))
        #expect(!history.forgot(["b"], within: .seconds(5), before: instant(21)))
        history.noteAll(at: instant(20))
        #expect(history.forgot(["b"], within: .seconds(5), before: instant(24)))
        #expect(!history.forgot(["b"], within: .seconds(5), before: instant(25)))
    }

    @Test func knowsTheLatestWords() {
        var words = RecentWords()
        let first = ["a", "b", "a"].map { words.isNew($0) }
        #expect(first == [true, true, false])
        let areNew = (0..<10_000).map { words.isNew("\($0)") }
        #expect(!areNew.contains(false))
        let last = ["9999", "9001", "a"].map { words.isNew($0) }
        #expect(last == [false, false, true])
    }

    /// What a server has to be told, until that is too much to remember.
    @Test func remembersWhatServersHaveToBeTold() {
        var news = UntoldNews(sections: ["s", "t"])
        news.add(ForgottenTags(groups: ["s.a"]), for: 2)
        news.add(ForgottenTags(groups: ["s.b"], sections: ["u"]), for: 2)
        news.add(ForgottenTags(groups: ["s.a"]), for: 0)
        #expect(news.servers == [0, 2])
        #expect(news.take(2) == ForgottenTags(groups: ["s.a", "s.b"], sections: ["u"]))
        #expect(news.take(2) == nil)
        for number in 0...UntoldNews.limit { news.add(ForgottenTags(groups: ["s.\(number)"]), for: 0) }
        #expect(news.take(0) == ForgottenTags(sections: ["s", "t"]))
        #expect(news.servers == [])
    }

    @Test(
        arguments: [
            StoredForm(
                kind: .document,
                freshUntil: 12,
                generation: "a,b",
                tags: ["d.1": "x"],
                body: Array("<a/>\n".utf8)
            ),
            StoredForm(kind: .nothing, freshUntil: -1, generation: "a,b"),
        ]
    )
    private func readsWhatItWrites(form: StoredForm) {
        #expect(StoredForm(form.bytes) == form)
    }

    @Test(
        arguments: [
            "", "x", "<document/>", "tandem1 document 12\n", "tandem1 other 12 a\n", "tandem1 document x a\n",
            "tandem2 document 12 a\n", "tandem1 document 12 a b\n",
            "tandem1 document 12 a" + String(repeating: " b=c", count: 9) + "\n",
            String(repeating: "x", count: 5000) + "\n",
        ]
    )
    private func refusesOtherForms(text: String) {
        #expect(StoredForm(Array(text.utf8)) == nil)
    }
}
