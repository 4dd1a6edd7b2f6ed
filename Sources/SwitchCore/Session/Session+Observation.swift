import Base
import MediaEngine

/// Looking on at what a channel does, and at its end.
extension Session {
    /// Looks on when the channel changes its state; false ends it.
    public typealias StateObserver = @Sendable (_ session: isolated Session, _ state: ChannelState) -> Bool

    /// Who looks on at the states.
    struct StateWatch {
        let name: String
        let number: UInt64
        let observer: StateObserver
    }

    /// Who is told of the end.
    struct EndWatch {
        let token: EndToken
        let name: String?
        let handler: @Sendable () -> Void
    }

    /// By what an ``whenEnded(_:)`` is taken back.
    public struct EndToken: Sendable, Hashable {
        let number: UInt64
    }

    /// How many observers a channel has at most.
    static let stateObserverLimit = 256
    /// How many may ask to be told of the channel's end.
    static let endHandlerLimit = 64

    /// Lets `observer` look on at every change of state, up to the end of the channel; it takes the place of an earlier one
    /// of the same name.
    ///
    /// - Returns: Whether it will: not when too many look on, nor when the channel is over and its end was told.
    public func observeStates(as name: String, _ observer: @escaping StateObserver) -> Bool {
        guard !isOver else { return false }
        let others = stateObservers.filter { $0.name != name }
        guard others.count < Self.stateObserverLimit else { return false }
        nextWatch += 1
        stateObservers = others + [StateWatch(name: name, number: nextWatch, observer: observer)]
        return true
    }

    /// The observer of that name looks on no longer.
    public func stopObservingStates(as name: String) {
        stateObservers.removeAll { $0.name == name }
    }

    func notifyStateObservers() {
        for watch in stateObservers {
            // An earlier one may have taken it out.
            guard stateObservers.contains(where: { $0.number == watch.number }) else { continue }
            if !watch.observer(self, state) { stateObservers.removeAll { $0.number == watch.number } }
        }
    }

    /// Has a handler called, on the channel's loop, when everything about the channel is over; at once when it is already.
    ///
    /// - Parameter name: One who has a name is told once: the handler takes the place of an earlier one of that name.
    /// - Returns: What takes it back; `nil` when too many ask, and the handler will not be called.
    public func whenEnded(as name: String? = nil, _ handler: @escaping @Sendable () -> Void) -> EndToken? {
        let others = name == nil ? endHandlers : endHandlers.filter { $0.name != name }
        guard others.count < Self.endHandlerLimit else { return nil }
        nextWatch += 1
        let token = EndToken(number: nextWatch)
        if state == .destroy {
            handler()
        } else {
            endHandlers = others + [EndWatch(token: token, name: name, handler: handler)]
        }
        return token
    }

    /// The handler is needed no longer; from any loop.
    public nonisolated func forget(_ token: EndToken) {
        loop.execute { self.assumeIsolated { $0.endHandlers.removeAll { $0.token == token } } }
    }

    func tellEnd() {
        unicast?.close()
        forgetMessages()
        let watches = endHandlers
        endHandlers = []
        for watch in watches { watch.handler() }
    }
}
