import Base

extension XMLPreprocessor {
    /// The port of STUN servers (RFC 8489 §18.6).
    private static let stunPort: UInt16 = 3478

    /// Carries out an instruction.
    ///
    /// One that cannot be carried out leaves the text as if it were not there.
    mutating func perform(_ directive: PreprocessorDirective, at place: Place) throws(ConfigurationError) {
        switch directive.command {
        case .set:
            guard let (name, value) = directive.assignment else {
                report(.note, at: place.location, "expected name=value in set, found \"\(directive.data)\"")
                return
            }
            set(name, value, at: place)
        case .environmentSet:
            // Only `name=$VARIABLE` means anything.
            guard let (name, reference) = directive.assignment, reference.hasPrefix("$") else {
                report(.note, at: place.location, "expected name=$VARIABLE in env-set, found \"\(directive.data)\"")
                return
            }
            if let value = options.environment(String(reference.dropFirst())) { set(name, value, at: place) }
        case .include:
            try include(matching: directive.data, from: place)
        case .exec:
            guard let outcome = run(directive.data, for: "exec", at: place), !outcome.output.isEmpty else { return }
            try emit(TextDecoding.utf8(outcome.output).bytes[...], at: place)
        case .commandSet:
            guard let (name, command) = directive.assignment else {
                report(.note, at: place.location, "expected name=command in exec-set, found \"\(directive.data)\"")
                return
            }
            setOutput(of: command, as: name, at: place)
        case .stunSet:
            setPublicAddress(directive, at: place)
        case .comment:
            break
        case .unknown:
            let known = PreprocessorDirective.Command.allCases.filter { $0 != .unknown }.map(\.rawValue)
            let hint = SpellingSuggestion.hint(for: directive.name, among: known)
            // Many a comment begins with "#" by chance.
            guard !directive.isComment || !hint.isEmpty else { return }
            report(.warning, at: place.location, "there is no command \"\(directive.name)\"\(hint)")
        }
    }

    private mutating func set(_ name: String, _ value: String, at place: Place) {
        guard value.utf8.count <= options.limits.variableBytes else {
            let limit = options.limits.variableBytes
            report(.warning, at: place.location, "\(name) is not set: its value is longer than \(limit) bytes")
            return
        }
        if value.utf8.count > 1, Array(value.utf8)[...].firstIndex(of: "${") != nil {
            report(.note, at: place.location, "\(name) cannot hold a run-time expression: \"${\" is stored as \"%{\"")
        }
        variables.set(name, value)
    }

    private mutating func include(matching data: String, from place: Place) throws(ConfigurationError) {
        guard options.allowsIncludes else {
            report(.warning, at: place.location, "include of \(data) is refused in this document")
            return
        }
        let folder = place.path.lastIndex(of: "/").map { place.path[...$0] } ?? ""
        let pattern = data.hasPrefix("/") ? data : folder + data
        let paths = files.paths(matching: pattern)
        if paths.isEmpty { report(.note, at: place.location, "nothing to include at \(pattern)") }
        for path in paths { try include(path, from: place) }
    }

    private mutating func run(_ command: String, for directive: String, at place: Place) -> ShellCommand.Outcome? {
        guard options.allowsCommands else {
            report(.warning, at: place.location, "\(directive) is not allowed here, \"\(command)\" is not run")
            return nil
        }
        guard let outcome = options.runCommand(command) else {
            report(.warning, at: place.location, "\(directive) could not start \"\(command)\"")
            return nil
        }
        if !outcome.isSuccess { report(.warning, at: place.location, "\(directive): \"\(command)\" failed") }
        return outcome
    }

    private mutating func setOutput(of command: String, as name: String, at place: Place) {
        guard let outcome = run(command, for: "exec-set", at: place), outcome.isSuccess else { return }
        var output = TextDecoding.utf8(outcome.output).bytes[...]
        while let last = output.last, last.isBlank || last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
            output.removeLast()
        }
        if !output.isEmpty { set(name, output.text, at: place) }
    }

    /// `name=stun:host[:port]`: the variable stays as it is when the server does not answer.
    private mutating func setPublicAddress(_ directive: PreprocessorDirective, at place: Place) {
        guard let (name, server) = directive.assignment, !server.isEmpty else {
            report(.note, at: place.location, "expected name=stun:host in stun-set, found \"\(directive.data)\"")
            return
        }
        guard let resolve = options.publicAddress else {
            report(.warning, at: place.location, "stun-set is not allowed here, \(name) is not set")
            return
        }
        let address: String?
        if let known = publicAddresses[server] {
            address = known
        } else {
            let (host, port) = Self.stunServer(server)
            address = resolve(host, port)
            publicAddresses.updateValue(address, forKey: server)
        }
        guard let address else {
            report(.warning, at: place.location, "\(server) did not tell the public address, \(name) is not set")
            return
        }
        set(name, address, at: place)
    }

    /// The host and port of `stun:host:port` (RFC 7064 §3.1); the scheme and the port may be left out.
    private static func stunServer(_ text: String) -> (host: String, port: UInt16) {
        let server = text.hasPrefix("stun:") ? text.dropFirst("stun:".count) : text[...]
        if let endpoint = IPEndpoint(server, defaultPort: stunPort) {
            return (endpoint.address.description, endpoint.port)
        }
        guard let colon = server.lastIndex(of: ":"), let port = UInt16(server[server.index(after: colon)...]) else {
            return (String(server), stunPort)
        }
        return (String(server[..<colon]), port)
    }
}
