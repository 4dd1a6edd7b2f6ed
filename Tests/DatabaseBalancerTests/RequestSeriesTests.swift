import Database
import Testing

@testable import DatabaseBalancer

/// The numbers of changes, and which of them are not needed any more.
struct RequestSeriesTests {
    @Test func endedNumbersAreTakenOutALookLater() throws {
        var series = RequestSeries(.mariaDB)
        let nothing = series.takeEnded()
        #expect(nothing == nil)
        let numbers = (0..<20).map { _ in series.take() }
        #expect(numbers.map(\.id) == numbers.map(\.id).sorted() && Set(numbers.map(\.id)).count == 20)
        for number in numbers.prefix(12) where number.id != numbers[5].id { series.end(number) }
        // What had ended at the last look: nothing.
        let firstFound = series.takeEnded()
        let first = try #require(firstFound)
        #expect(numbers.allSatisfy { !first.contains($0.id) })
        // Up to the one that is still under way, although later ones have ended.
        let secondFound = series.takeEnded()
        let second = try #require(secondFound)
        #expect(numbers.filter { second.contains($0.id) }.map(\.id) == numbers.prefix(5).map(\.id))
        for number in numbers { series.end(number) }
        _ = series.takeEnded()
        let thirdFound = series.takeEnded()
        let third = try #require(thirdFound)
        #expect(numbers.allSatisfy { third.contains($0.id) })
        let next = series.take()
        #expect(!third.contains(next.id))
    }

    /// Two balancers never take out each other's.
    @Test func othersAreLeftAlone() throws {
        var (one, other) = (RequestSeries(.mariaDB), RequestSeries(.mariaDB))
        one.end(one.take())
        for _ in 0..<2 { _ = one.takeEnded() }
        let endedFound = one.takeEnded()
        let ended = try #require(endedFound)
        let others = other.take()
        #expect(!ended.contains(others.id))
    }
}
