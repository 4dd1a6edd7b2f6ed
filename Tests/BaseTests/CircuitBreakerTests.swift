import Base
import Testing

struct CircuitBreakerTests {
    private enum Step {
        case asks(Bool)
        case succeeds(Bool)
        case fails(Bool)
        case abandoned
        case seconds(Int)
    }

    /// What happens, what comes of it, and the state after it: two failures open it for ten seconds.
    @Test(
        arguments: [
            ([.asks(true), .fails(false)], .closed(failures: 1)),
            ([.asks(true), .fails(false), .asks(true), .succeeds(false)], .closed(failures: 0)),
            ([.fails(false), .fails(true), .asks(false)], .open(until: .zero + .seconds(10))),
            // One looks whether it is back; others are not sent.
            ([.fails(false), .fails(true), .seconds(10), .asks(true), .asks(false)], .halfOpen),
            ([.fails(false), .fails(true), .seconds(10), .asks(true), .succeeds(true)], .closed(failures: 0)),
            (
                [.fails(false), .fails(true), .seconds(10), .asks(true), .fails(false), .asks(false)],
                .open(until: .zero + .seconds(20))
            ),
            // Whoever looked hung up: the next one looks.
            (
                [.fails(false), .fails(true), .seconds(10), .asks(true), .abandoned, .asks(true), .succeeds(true)],
                .closed(failures: 0)
            ),
            // Answers to what was asked before.
            ([.fails(false), .fails(true), .seconds(5), .fails(false)], .open(until: .zero + .seconds(10))),
            ([.fails(false), .fails(true), .succeeds(true), .asks(true)], .closed(failures: 0)),
            ([.abandoned, .asks(true)], .closed(failures: 0)),
        ] as [([Step], CircuitBreaker.State)]
    )
    private func follows(steps: [Step], state: CircuitBreaker.State) {
        var breaker = CircuitBreaker(limit: 2, pause: .seconds(10))
        var now = MonotonicInstant.zero
        for step in steps {
            switch step {
            case .asks(let expected):
                let isAdmitted = breaker.admits(at: now)
                #expect(isAdmitted == expected)
            case .succeeds(let expected):
                let closes = breaker.succeeded()
                #expect(closes == expected)
            case .fails(let expected):
                let opens = breaker.failed(at: now)
                #expect(opens == expected)
            case .abandoned: breaker.abandoned(at: now)
            case .seconds(let count): now = now + .seconds(count)
            }
        }
        #expect(breaker.state == state)
    }

    @Test func neverOpensWithoutALimit() {
        var breaker = CircuitBreaker(limit: 0, pause: .seconds(10))
        for _ in 1...100 {
            let opens = breaker.failed(at: .zero)
            #expect(!opens)
        }
        let isAdmitted = breaker.admits(at: .zero)
        #expect(isAdmitted)
    }
}
