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

/// Why a call waits no longer.
private enum WaitEnd {
    case timeout, exitKey, key
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
                // What a phrase runs ends without a word of that.
                if isOver || Task.isCancelled { throw CancellationError() }
            } catch {
                await waiting.giveUp(place, lot)
                throw error
            }
            if waiting === self {
                try await park(at: place, lot)
            } else if await waiting.goes(to: place, lot, from: self) {
                // The one who parks is the one who talks to the call: that one stays.
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

    /// Gives the place free and tells of it; false when somebody has taken the call: it was told then.
    @discardableResult
    private func leave(_ place: String, _ lot: ParkingLot) -> Bool {
        stopObservingStates(as: lot.watch(place))
        guard lot.lots.free(place, in: lot.name, of: id) else { return false }
        tellEmpty(place, lot)
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

    /// Goes to the place that is kept; not when the channel was sent elsewhere while the one who parks it was told of it.
    private func goes(to place: String, _ lot: ParkingLot, from parker: Session) -> Bool {
        guard partner === parker else {
            giveUp(place, lot)
            return false
        }
        divert(to: "m:^:valet_park:\(lot.name) \(place)", dialplan: "inline")
        return true
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
        setVariable("valet_lot_extension", place)
        publishPresence(of: place, lot, isTaken: true)
        let end = try await waitWithMusic()
        guard leave(place, lot), end != .key else { return }
        let destination = variable("valet_parking_orbit_exten") ?? ""
        guard !destination.isEmpty else {
            if end == .timeout { hangUp(.allottedTimeout) }
            return
        }
        transfer(
            to: destination,
            dialplan: variable("valet_parking_orbit_dialplan"),
            context: variable("valet_parking_orbit_context")
        )
    }

    /// How long a call waits (`valet_parking_timeout`); without it for a minute when it is then sent elsewhere, and else for
    /// ever.
    private var valetTimeout: Duration? {
        let seconds = variable("valet_parking_timeout").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        return (seconds ?? (variable("valet_parking_orbit_exten") == nil ? nil : 60)).map { .seconds($0) }
    }

    /// Plays music until the time is over, or the caller pressed `#` or `valet_parking_orbit_exit_key`.
    private func waitWithMusic() async throws -> WaitEnd {
        let exitKey = variable("valet_parking_orbit_exit_key")?.first
        return try await playingMusic(variable("valet_hold_music") ?? holdMusicName, to: self) { session in
            let isPressed = try await session.wait(timeout: session.valetTimeout) {
                $0.digits.contains("#") || $0.digits.contains { $0 == exitKey }
            }
            guard isPressed else { return .timeout }
            return session.digits.contains { $0 == exitKey } ? .exitKey : .key
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

    /// Frees the place for the one who takes the call, and tells of it; false when it is not there any more.
    private func isRetrieved(from place: String, _ lot: ParkingLot, by taker: String) -> Bool {
        guard lot.lots.free(place, in: lot.name, of: id) else { return false }
        stopObservingStates(as: lot.watch(place))
        publishValet("bridge", place, lot, ["Bridge-To-UUID": taker])
        tellEmpty(place, lot)
        return true
    }

    /// Takes the call at a place: of several who come at once the first has it, and the others find the place empty.
    ///
    /// - Returns: Whether it was there.
    private func retrieve(_ found: ParkingLots.Place, _ lot: ParkingLot) async throws -> Bool {
        guard let other = softswitch.sessions[found.channel] else {
            lot.lots.free(found.extension, in: lot.name, of: found.channel)
            return false
        }
        do {
            try await take(over: other) { [id] in $0.isRetrieved(from: found.extension, lot, by: id) }
            return true
        } catch let error as ApplicationError {
            // Whoever is there still has another reason not to come.
            if lot.lots.place(found.extension, in: lot.name)?.channel == found.channel { throw error }
            return false
        }
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

    private func tellEmpty(_ place: String, _ lot: ParkingLot) {
        publishValet("exit", place, lot)
        publishPresence(of: place, lot, isTaken: false)
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
                    ("answer-state", isBusy ? "confirmed" : "terminated"),
                    ("presence-call-direction", isBusy && login == place ? "outbound" : "inbound"),
                ] { event.add(name, value) }
                return event
            }
        }
    }
}
