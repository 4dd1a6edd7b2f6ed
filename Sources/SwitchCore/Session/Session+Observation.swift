/// Looking on at what a channel does.
extension Session {
    /// Looks on when the channel changes its state; false ends it.
    public typealias StateObserver = @Sendable (_ session: isolated Session, _ state: ChannelState) -> Bool

    /// How many observers a channel has at most.
    static let stateObserverLimit = 256

    /// Lets `observer` look on at every change of state, up to the end of the channel.
    public func observeStates(_ observer: @escaping StateObserver) {
        guard stateObservers.count < Self.stateObserverLimit else { return }
        stateObservers.append(observer)
    }

    func notifyStateObservers() {
        guard !stateObservers.isEmpty else { return }
        let observers = stateObservers
        stateObservers = []
        let staying = observers.filter { $0(self, state) }
        stateObservers = staying + stateObservers
    }
}
