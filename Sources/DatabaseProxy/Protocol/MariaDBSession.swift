/// What a client of MariaDB and its server have come to, as far as it can be seen from between them.
///
/// MariaDB's documentation, "Clientserver Protocol": each command has an answer of its own shape, whose end says whether
/// there is a transaction.
package struct MariaDBSession {
    private enum Step {
        /// The server has not said who it is.
        case beginning
        /// The client has not said who it is.
        case greeted
        /// Both prove it.
        case login
        case begun
        /// It is encrypted, compressed, or not understood.
        case hidden
    }

    private var step = Step.beginning
    private var fromClient = MessageFramer()
    private var fromServer = MessageFramer()
    /// Whether the last packet was so long that the next one continues it.
    private var clientContinues = false
    private var serverContinues = false
    private var capabilities: MariaDBCapabilities = []
    /// The answers that are awaited; the first one is under way.
    private var answers: [MariaDBAnswer] = []
    /// Whether the client sends the file of a LOAD DATA LOCAL.
    private var isLoading = false
    /// What the server has said last.
    private var status: MariaDBStatus = []
    /// Whether that may have changed since: an error does not say.
    private var isUnsure = false
    private var statements = MariaDBStatements()
    /// The number that the server's next packet has.
    private var nextNumber: UInt8 = 0
    /// Whether the server has said that it is no part of its cluster (1047): in place of an answer, or of a welcome.
    package private(set) var saysNotReady = false

    /// How many commands may be on their way at once; of who sends more nothing is known any more.
    static let answerLimit = 1024
    /// How many bytes are kept of what the server says first: its name has no length.
    private static let greetingLimit = 512

    /// A conversation that has not begun.
    package init() {}

    /// Whether the server has nothing to do, there is no transaction, and there are no rows to ask for.
    package var isIdle: Bool {
        step == .begun && answers.isEmpty && hasNothingOpen && !clientContinues && fromClient.isBetween
            && isBetweenPackets
    }

    private var hasNothingOpen: Bool {
        !isUnsure && status.isDisjoint(with: .anyTransaction) && !statements.hasCursor
    }

    private var isBetweenPackets: Bool { !serverContinues && fromServer.isBetween }

    /// The number that an error has to have; `nil` where none can be put in.
    ///
    /// Where nothing is awaited it is that of an answer to the command that comes next.
    package var errorNumber: UInt8? {
        guard step == .begun || step == .login, isBetweenPackets else { return nil }
        return step == .begun && answers.isEmpty ? 1 : nextNumber
    }

    // MARK: - The client

    /// The client has sent something.
    package mutating func client(_ bytes: some RandomAccessCollection<UInt8>) {
        var place = bytes.startIndex
        do throws(MessageFramer.Nonsense) {
            while step != .hidden {
                guard try fromClient.next(in: bytes, from: &place, as: .mariaDB) else { return }
                heardClient(fromClient.kept, length: fromClient.length - 4)
            }
        } catch {
            step = .hidden
        }
    }

    private mutating func heardClient(_ packet: [UInt8], length: Int) {
        let isContinued = clientContinues
        clientContinues = length == MariaDBPacket.longest
        guard !isContinued else { return }
        switch step {
        case .beginning, .hidden: step = .hidden
        case .greeted: begin(packet)
        case .login: nextNumber = packet[3] &+ 1
        case .begun where isLoading:
            nextNumber = packet[3] &+ 1
            if length == 0 { isLoading = false }
        // Who changes the user proves it in further packets, which are no commands.
        case .begun where packet[3] == 0: command(packet)
        case .begun: nextNumber = packet[3] &+ 1
        }
    }

    private mutating func begin(_ packet: [UInt8]) {
        let asked: UInt32 = packet.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        capabilities.formIntersection(MariaDBCapabilities(rawValue: asked))
        nextNumber = packet[3] &+ 1
        step = capabilities.contains(.protocol41) && capabilities.isDisjoint(with: .hiding) ? .login : .hidden
    }

    private mutating func command(_ packet: [UInt8]) {
        guard let command = MariaDBCommand(packet) else { return step = .hidden }
        switch MariaDBAnswer.toCommand(command) {
        case .silence: break
        case .unknown: step = .hidden
        case .answer(let answer):
            guard answers.count < Self.answerLimit else { return step = .hidden }
            if answers.isEmpty { nextNumber = 1 }
            answers.append(answer)
            passSilence()
        }
    }

    /// What is not answered has been done when all has been that was asked for before.
    private mutating func passSilence() {
        while let first = answers.first, first.isSilent {
            answers.removeFirst()
            statements.follow(first.command.effect, number: nil, nil)
        }
    }

    // MARK: - The server

    /// The server has sent something.
    package mutating func server(_ bytes: some RandomAccessCollection<UInt8>) {
        var place = bytes.startIndex
        do throws(MessageFramer.Nonsense) {
            while step != .hidden {
                let limit = step == .beginning ? Self.greetingLimit : MessageFramer.keptLimit
                guard try fromServer.next(in: bytes, from: &place, as: .mariaDB, keeping: limit) else { return }
                heardServer(MariaDBPacket(fromServer.kept, length: fromServer.length - 4))
            }
        } catch {
            step = .hidden
        }
    }

    private mutating func heardServer(_ packet: MariaDBPacket) {
        let isContinued = serverContinues
        serverContinues = packet.length == MariaDBPacket.longest
        nextNumber = packet.number &+ 1
        guard !isContinued else { return }
        switch step {
        case .beginning:
            guard let known = packet.greeting else { return step = .hidden }
            (capabilities, step) = (known, .greeted)
        case .login:
            if packet.isNotReady { saysNotReady = true }
            guard packet.first == 0 else { return }
            step = .begun
            note(packet.statusOfOK)
        case .begun: follow(packet)
        case .greeted, .hidden: step = .hidden
        }
    }

    /// A packet is part of the first answer that is awaited.
    private mutating func follow(_ packet: MariaDBPacket) {
        // A server that speaks unasked says goodbye.
        guard !answers.isEmpty else { return }
        if packet.isNotReady { saysNotReady = true }
        switch answers[0].take(packet, hasOldEnds: !capabilities.contains(.deprecateEOF)) {
        case .goesOn: break
        case .wantsFile: isLoading = true
        case .status(let status): note(status)
        case .ended(let status):
            if let status { note(status) }
            end(status)
        case .failed:
            if mayLeaveTransaction(answers[0]) { isUnsure = true }
            end(nil)
        case .nonsense: step = .hidden
        }
    }

    /// The first answer has ended.
    private mutating func end(_ status: MariaDBStatus?) {
        let answer = answers.removeFirst()
        statements.follow(answer.command.effect, number: answer.statement, status)
        (isLoading, nextNumber) = (false, 1)
        passSilence()
    }

    /// Whether what has failed may have begun a transaction before, which is still there.
    private func mayLeaveTransaction(_ answer: MariaDBAnswer) -> Bool {
        // Without autocommit everything begins one.
        let isAlone = status.contains(.autocommit) && !answer.isLaterResult
        switch answer.command.effect {
        case .text(let isPlain): return !(isAlone && isPlain)
        case .executes(let statement, _): return !(isAlone && statements.isPlain(statement))
        case .none, .prepares, .fetches, .resets, .closes, .endsAll: return false
        }
    }

    private mutating func note(_ status: MariaDBStatus?) {
        guard let status else { return step = .hidden }
        (self.status, isUnsure) = (status, false)
    }
}
