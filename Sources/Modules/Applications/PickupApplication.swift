import SwitchCore

/// `pickup <key>`: takes a call that rings `pickup/<key>`.
enum PickupApplication {
    static func make(_ waiting: PickupTable) -> Application {
        Application("pickup", syntax: "<key>", [.noMedia]) { session, key in
            guard !key.isEmpty else { throw ApplicationError("pickup needs a key") }
            guard waiting.offer(session, for: key) else { return }
            try await session.answerWithMedia()
            session.hibernate()
        }
    }
}
