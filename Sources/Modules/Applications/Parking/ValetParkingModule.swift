import Base
import Logging
public import SwitchCore
import XMLConfig

/// `mod_valet_parking`: parking a call at a place, and taking it back from any phone.
public final class ValetParkingModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_valet_parking"

    private let softswitch: Switch
    private let lots = ParkingLots()

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the application and the command.
    public func start() async throws {
        let lots = lots
        softswitch.applications.register(
            Application("valet_park", syntax: ValetRequest.syntax, []) { session, data in
                let words = Arguments(data, limit: 6)
                guard let lot = words[0], let request = ValetRequest(words, variable: { session.variable($0) }) else {
                    throw ApplicationError("valet_park needs \(ValetRequest.syntax), not \"\(data)\"")
                }
                try await session.valet(request, ParkingLot(lot, lots))
            },
            as: "valet_park"
        )
        softswitch.commands.register(
            APICommand("valet_info", syntax: "[<lot>]", summary: "who is parked where") { _, text in
                Self.listing(lots.all(named: text.isEmpty ? nil : text))
            },
            as: "valet_info"
        )
        softswitch.metrics.register(
            Metric("parked_calls", .gauge, "Calls in parking lots.") {
                lots.all(named: nil).reduce(0) { $0 + $1.places.count }
            },
            as: "parked"
        )
    }

    private static func listing(_ lots: [(lot: String, places: [ParkingLots.Place])]) -> String {
        var text = "<lots>\n"
        for (lot, places) in lots {
            text += "  <lot name=\"\(XMLNode.escaped(lot))\">\n"
            for place in places {
                text += "    <extension uuid=\"\(place.channel)\">\(XMLNode.escaped(place.extension))</extension>\n"
            }
            text += "  </lot>\n"
        }
        return text + "</lots>\n"
    }
}

/// One lot.
struct ParkingLot: Sendable {
    let name: String
    let lots: ParkingLots

    init(_ name: String, _ lots: ParkingLots) {
        (self.name, self.lots) = (name, lots)
    }

    /// What looks on at the states of the channel at a place is called.
    func watch(_ place: String) -> String { "valet_park \(name) \(place)" }
}

extension Session {
    /// Parks the channel, or takes one that is parked.
    fileprivate func valet(_ request: ValetRequest, _ lot: ParkingLot) async throws {
        switch request {
        case .place(let place):
            try await parkOrRetrieve(place, lot)
        case .ask(let minimum, let maximum, let timeout, let prompt):
            guard let place = try await askForPlace(minimum, maximum, timeout, prompt) else {
                hangUp(.destinationOutOfOrder)
                return
            }
            try await parkOrRetrieve(place, lot)
        case .park(let range):
            let waiting = partner ?? self
            guard let place = lot.lots.takeFree(range, in: lot.name, for: waiting.id) else {
                try await tellNobody("valet_lot_full", lot)
                return
            }
            // Who is to be parked may hang up at any time, and the place is kept for nobody then.
            guard await waiting.keep(place, lot) else { throw CancellationError() }
            do {
                try await announce(place, lot)
            } catch {
                await waiting.giveUp(place, lot)
                throw error
            }
            if waiting === self {
                try await park(at: place, lot)
            } else {
                // The one who parks is the one who talks to the call: that one stays.
                let inline = "valet_park:\(lot.name) \(place)"
                await waiting.divert(to: "m:^:\(inline)", dialplan: "inline")
                hangUp(.normalClearing)
            }
        case .retrieve(let range):
            // A place whose channel has just gone is freed by trying, and the next one is tried.
            while let found = lot.lots.longest(range, in: lot.name), found.channel != id {
                if try await retrieve(found, lot) { return }
            }
            try await tellNobody("valet_lot_empty", lot)
        }
    }

    private func parkOrRetrieve(_ place: String, _ lot: ParkingLot) async throws {
        if let found = lot.lots.place(place, in: lot.name), found.channel != id, try await retrieve(found, lot) {
            return
        }
        // Somebody else may have been faster, unless the place was kept for this channel.
        guard lot.lots.take(place, in: lot.name, for: id) || lot.lots.place(place, in: lot.name)?.channel == id else {
            throw ApplicationError("valet_park: \(place) of \(lot.name) is taken")
        }
        try await park(at: place, lot)
    }

    // MARK: - Parking

    /// Gives the place free and tells of it; false when somebody has taken the call, who told of it.
    @discardableResult
    private func leave(_ place: String, _ lot: ParkingLot) -> Bool {
        stopObservingStates(as: lot.watch(place))
        guard lot.lots.free(place, in: lot.name, of: id) else { return false }
        publishValet("exit", place, lot)
        publishPresence(of: place, lot, isTaken: false)
        return true
    }

    /// Keeps the place that was taken for this channel until it is parked there or its call is over; false when it is over.
    private func keep(_ place: String, _ lot: ParkingLot) -> Bool {
        let isKept = observeStates(as: lot.watch(place)) { session, _ in
            guard session.isOver else { return true }
            lot.lots.free(place, in: lot.name, of: session.id)
            return false
        }
        if !isKept { lot.lots.free(place, in: lot.name, of: id) }
        return isKept
    }

    /// The place is needed no longer: nobody was parked there.
    private func giveUp(_ place: String, _ lot: ParkingLot) {
        stopObservingStates(as: lot.watch(place))
        lot.lots.free(place, in: lot.name, of: id)
    }

    /// Waits at a place until somebody takes the call, the time is over, or the caller presses `#`.
    private func park(at place: String, _ lot: ParkingLot) async throws {
        let isWatched = observeStates(as: lot.watch(place)) { session, state in
            guard state != .execute else { return true }
            session.leave(place, lot)
            return false
        }
        guard isWatched else {
            lot.lots.free(place, in: lot.name, of: id)
            throw ApplicationError("valet_park: the call is over, or watched by too many")
        }
        publishValet("hold", place, lot)
        publishPresence(of: place, lot, isTaken: true)
        let isTimedOut = try await waitWithMusic()
        guard leave(place, lot), isTimedOut else { return }
        let destination = variable("valet_parking_orbit_exten") ?? ""
        guard !destination.isEmpty else {
            hangUp(.allottedTimeout)
            return
        }
        transfer(
            to: destination,
            dialplan: variable("valet_parking_orbit_dialplan"),
            context: variable("valet_parking_orbit_context")
        )
    }

    /// How long a call waits (`valet_parking_timeout`); for ever without it.
    private var valetTimeout: Duration? {
        variable("valet_parking_timeout").flatMap { Int($0) }.flatMap { $0 > 0 ? .seconds($0) : nil }
    }

    /// Plays music until the time is over; false when the caller pressed `#`.
    private func waitWithMusic() async throws -> Bool {
        try await playingMusic(variable("valet_hold_music") ?? holdMusicName, to: self) { session in
            try await !session.wait(timeout: session.valetTimeout) { $0.digits.contains("#") }
        }
    }

    private func askForPlace(_ minimum: Int, _ maximum: Int, _ timeout: Duration, _ prompt: String) async throws
        -> String?
    {
        for _ in 0..<3 {
            try await playIfPossible(prompt, ending: .collecting)
            let collected = try await collectDigits(
                maximum: maximum,
                timeout: timeout,
                digitTimeout: timeout,
                terminators: ["#"]
            )
            if collected.digits.count >= minimum { return collected.digits }
        }
        return nil
    }

    // MARK: - Taking a call back

    private func retrieve(_ found: ParkingLots.Place, _ lot: ParkingLot) async throws -> Bool {
        guard let other = softswitch.sessions[found.channel], other !== self else {
            lot.lots.free(found.extension, in: lot.name, of: found.channel)
            return false
        }
        publishValet("bridge", found.extension, lot, ["Bridge-To-UUID": found.channel])
        try await take(over: other)
        return true
    }

    // MARK: - Telling

    private func announce(_ place: String, _ lot: ParkingLot) async throws {
        if let announces = variable("valet_announce_slot"), !announces.isTrueSetting { return }
        try await playIfPossible("phrase:valet_announce_ext:\(lot.name):\(place)", ending: .none)
    }

    private func tellNobody(_ phrase: String, _ lot: ParkingLot) async throws {
        logger.error("no place", metadata: ["lot": "\(lot.name)", "phrase": "\(phrase)"])
        try await playIfPossible("phrase:\(phrase)", ending: .none)
    }

    private func publishValet(_ action: String, _ place: String, _ lot: ParkingLot, _ more: [String: String] = [:]) {
        softswitch.events.publish(.custom) {
            var event = makeEvent(.custom, subclass: "valet_parking::info")
            event.add("Valet-Lot-Name", lot.name)
            event.add("Valet-Extension", place)
            event.add("Action", action)
            for (name, value) in more { event.add(name, value) }
            return event
        }
    }

    /// A lamp may show the lot, and one each place (`park+…`).
    private func publishPresence(of place: String, _ lot: ParkingLot, isTaken: Bool) {
        let parts = lot.name.split(separator: "@", maxSplits: 1).map(String.init)
        let domain = parts.count > 1 ? parts[1] : softswitch.xml.globals["domain"] ?? ""
        let count = lot.lots.count(in: lot.name)
        let crowd = count == 0 ? "Empty" : "Active (\(count) caller\(count == 1 ? "" : "s"))"
        for (login, status, isBusy) in [
            (parts.first ?? "", crowd, count > 0), (place, isTaken ? "Holding" : "Empty", isTaken),
        ] {
            softswitch.events.publish(.presenceIn) {
                var event = softswitch.makeEvent(.presenceIn)
                for (name, value) in [
                    ("proto", "park"), ("login", login), ("from", "\(login)@\(domain)"), ("force-status", status),
                    ("rpid", isBusy ? "active" : "unknown"), ("event_type", "presence"),
                    ("alt_event_type", "dialog"), ("event_count", "0"), ("unique-id", login),
                    ("channel-state", isBusy ? "CS_ROUTING" : "CS_HANGUP"),
                    ("answer-state", isBusy ? "confirmed" : "terminated"), ("call-direction", "inbound"),
                ] { event.add(name, value) }
                return event
            }
        }
    }
}
