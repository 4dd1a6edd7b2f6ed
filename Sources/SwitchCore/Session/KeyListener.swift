import Base

/// Hears of a far end's keys before the application that collects keys does.
public protocol KeyListener: AnyObject, Sendable {
    /// Takes a key of the channel's far end.
    ///
    /// - Returns: Whether the key was taken; one that was not goes on to the next listener, and then to applications.
    func received(_ digit: Character, on session: isolated Session) -> Bool
}

extension Session {
    /// How many listeners a channel has at most.
    static let keyListenerLimit = 16

    /// Lets `listener` hear of this channel's keys, or of its partner's in every bridge from now on.
    public func listenToKeys(_ listener: any KeyListener, ofPartner: Bool = false) {
        if ofPartner {
            guard partnerKeyListeners.count < Self.keyListenerLimit else { return }
            partnerKeyListeners.append(listener)
            if let partner { lend(listener, to: partner) }
        } else {
            guard keyListeners.count < Self.keyListenerLimit else { return }
            keyListeners.append(listener)
        }
    }

    /// Lets a listener hear of the partner's keys while the bridge lasts.
    private func lend(_ listener: any KeyListener, to partner: Session) {
        partner.loop.execute { [weak self] in
            partner.assumeIsolated { partner in
                guard partner.partner === self else { return }
                partner.lentKeyListeners.append(listener)
            }
        }
    }

    /// Whether a listener took the key.
    func offer(_ digit: Character) -> Bool {
        (keyListeners + lentKeyListeners).contains { $0.received(digit, on: self) }
    }

    /// Gives keys to applications that a listener had held back.
    public func releaseDigits(_ held: some Sequence<Character>) {
        guard !isOver else { return }
        for digit in held where digits.count < Self.digitLimit { digits.append(digit) }
        wake()
    }
}

extension Session {
    /// Forgets the keys that came after the first `count`.
    public func dropDigits(after count: Int) {
        digits = Array(digits.prefix(count))
    }

    /// Forgets the keys up to and with the first that is `key`.
    public func dropDigits(through key: Character) {
        guard let index = digits.firstIndex(of: key) else { return }
        digits.removeSubrange(...index)
    }
}
