import SwitchCore
import Testing

struct ChannelStateTests {
    private static let live: [ChannelState] = [
        .routing, .softExecute, .execute, .exchangeMedia, .park, .consumeMedia, .hibernate,
    ]
    private static let all: [ChannelState] =
        [.new, .initializing] + live + [.reset, .hangup, .reporting, .destroy, .none]

    /// From each state, those that a channel may go to.
    @Test(
        arguments: [
            (.new, all.filter { $0 != .new }), (.initializing, live + [.reset, .hangup]),
            (.routing, live + [.reset, .hangup]), (.softExecute, live + [.reset, .hangup]),
            (.execute, live + [.reset, .hangup]), (.exchangeMedia, live + [.reset, .hangup]),
            (.park, live + [.reset, .hangup]), (.consumeMedia, live + [.reset, .hangup]),
            (.hibernate, [.initializing] + live + [.reset, .hangup]), (.reset, all.filter { $0 != .new }),
            (.hangup, [.reporting, .destroy]), (.reporting, [.destroy]), (.destroy, []), (.none, []),
        ] as [(ChannelState, [ChannelState])]
    )
    func allows(_ state: ChannelState, _ next: [ChannelState]) {
        #expect(Self.all.filter { state.allows($0) } == next)
    }
}
