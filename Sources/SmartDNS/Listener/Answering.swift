import Base

/// A responder with the configuration that is in force: it goes on with another one as soon as there is one.
struct Answering {
    private let desk: SteeringDesk
    private var responder: Responder
    private var plan: SteeringPlan

    init(_ desk: SteeringDesk, _ responder: Responder) {
        (self.desk, self.responder) = (desk, responder)
        self.responder.note = { desk.noteQuestion($0, from: $1) }
        plan = desk.plan
        self.responder.adopt(plan)
    }

    /// The answers to a message; none for silence.
    mutating func answers(to bytes: [UInt8], from asker: Responder.Asker) -> [[UInt8]] {
        let latest = desk.plan
        if latest !== plan {
            plan = latest
            responder.adopt(latest)
        }
        let desk = desk
        return responder.answers(to: bytes, from: asker) { network, explores in
            desk.decide(network, with: latest, chance: asker.chance, explores: explores)
        }
    }
}
