import Base
import SwitchCore
import XMLConfig

/// What actions name.
extension DialplanCheck {
    /// Stands for an expression, whose value is known only in a call.
    private static let mark = "\u{1}"

    mutating func checkAction(_ node: XMLNode) {
        guard let name = node.nonEmpty(attribute: "application") else {
            findings.add(.application, .error, node, "expected application=\"…\"")
            return
        }
        guard kind == .calls else {
            checkChatAction(of: name, node.actionData, at: node)
            return
        }
        checkCall(of: name, node.actionData, at: node)
        if node[attribute: "inline"]?.isTrueSetting == true, known.applications.contains(name),
            !known.inlineApplications.contains(name.lowercased())
        {
            findings.add(.application, .error, node, "the application \"\(name)\" cannot run inline")
        }
    }

    /// An application with its data, wherever it is written.
    mutating func checkCall(of name: String, _ data: String, at node: XMLNode) {
        checkCommands(in: data, at: node)
        guard known.applications.contains(name) else {
            findings.addMissing(.application, "application", name, from: known.applications, at: node)
            return
        }
        let lower = name.lowercased()
        let text = Template(data).text(markingExpressionsWith: Self.mark)
        switch lower {
        case "bridge": checkDialString(text, at: node)
        case "hangup": checkCause(text, at: node)
        case "transfer", "execute_extension": checkTarget(text, at: node)
        case "playback", "endless_playback", "loop_playback", "play_and_get_digits", "read":
            if text.hasPrefix("{") { checkParameters(before: text, of: lower, at: node) }
            checkSounds(text, at: node)
        default: break
        }
    }

    /// `${name(arguments)}` and `${name arguments}` call a command.
    mutating func checkCommands(in text: String, at node: XMLNode) {
        // `$1` in the place of a name is a capture.
        for name in Template(text).commandNames where !known.commands.contains(name) && !name.contains("$") {
            findings.addMissing(.command, "command", name, from: known.commands, at: node)
        }
    }

    /// The engines of a list such as `XML,inline`; each may have an argument after a colon.
    static func engines(of text: String) -> [String] {
        text.split(separator: ",").map { item in
            String(item.drop { $0 == " " }.prefix { $0 != ":" && $0 != " " })
        }.filter { !$0.isEmpty }
    }

    // MARK: - Destinations

    private mutating func checkDialString(_ text: String, at node: XMLNode) {
        let dial: DialString
        do throws(DialStringError) {
            dial = try DialString(parsing: text)
        } catch {
            // An expression may give the missing part.
            if !isOpen(text) { findings.add(.dialString, .error, node, "\(error)") }
            return
        }
        for leg in dial.groups.flatMap({ $0.alternatives.joined() }) where !isOpen(leg.endpoint) {
            guard known.endpoints.contains(leg.endpoint) else {
                findings.addMissing(.dialString, "endpoint", leg.endpoint, from: known.endpoints, at: node)
                continue
            }
            if leg.destination.isEmpty {
                findings.add(.dialString, .error, node, "expected \(leg.endpoint)/ and a destination")
            } else if leg.endpoint.lowercased() == "sofia" {
                checkProfile(of: leg.destination, at: node)
            } else if leg.endpoint.lowercased() == "error" {
                checkCause(leg.destination, at: node)
            }
        }
    }

    /// A name or a number of a hang-up cause; what is none ends a call with NORMAL_CLEARING, as in FreeSWITCH.
    private mutating func checkCause(_ text: String, at node: XMLNode) {
        guard !text.isEmpty, !isOpen(text), HangupCause(text) == nil else { return }
        let hint = SpellingSuggestion.hint(for: text.uppercased(), among: HangupCause.allCases.map(\.name))
        findings.add(.application, .warning, node, "there is no hang-up cause \"\(text)\"\(hint)")
    }

    private mutating func checkProfile(of destination: String, at node: XMLNode) {
        let profile = String(destination.prefix { $0 != "/" })
        guard !isOpen(profile) else { return }
        if profile.lowercased() == "gateway" {
            checkGateway(destination.dropFirst(profile.count + 1), at: node)
        } else if !names.hasProfile(profile) {
            let text = "there is no SIP profile \"\(profile)\"\(names.profileHint(profile))"
            findings.add(.dialString, .warning, node, text)
        }
    }

    /// `name/number`, or `profile::name/number`.
    private mutating func checkGateway(_ destination: Substring, at node: XMLNode) {
        let reference = String(destination.prefix { $0 != "/" })
        guard reference.count < destination.count else {
            findings.add(.dialString, .error, node, "expected sofia/gateway/ and a gateway, a slash and a number")
            return
        }
        guard !isOpen(reference) else { return }
        let name = reference.split(separator: ":").last.map { String($0) } ?? reference
        if !names.hasGateway(name) {
            findings.add(.dialString, .warning, node, "there is no gateway \"\(name)\"\(names.gatewayHint(name))")
        }
    }

    /// `transfer` and `execute_extension`: extension, dialplan, context.
    private mutating func checkTarget(_ text: String, at node: XMLNode) {
        var words = text.split(separator: " ").map(String.init)
        if let first = words.first, ["-aleg", "-bleg", "-both"].contains(first) { words.removeFirst() }
        // A quoted extension may hold blanks.
        guard words.count > 1, !text.contains("'") else { return }
        for engine in Self.engines(of: words[1]) where !isOpen(engine) && !known.dialplans.contains(engine) {
            findings.addMissing(.dialplan, "dialplan", engine, from: known.dialplans, at: node)
        }
        guard words.count > 2, words[1].lowercased() == "xml", !isOpen(words[2]) else { return }
        if !names.hasContext(words[2]) {
            findings.add(.dialplan, .warning, node, "the dialplan has no context \"\(words[2])\"")
        }
    }

    /// Whether a part of a text depends on the call: an expression or a capture is in it.
    private func isOpen(_ text: String) -> Bool { text.contains(Self.mark) || text.contains("$") }

    // MARK: - Sounds

    /// `{name=value,…}` before a file, of which `playback` reads `loops`.
    private mutating func checkParameters(before file: String, of application: String, at node: XMLNode) {
        guard application == "playback" else {
            findings.add(.sound, .warning, node, "parameters in braces before a file are read by playback only")
            return
        }
        for item in ListSplitter.split(String(file.dropFirst().prefix { $0 != "}" })) {
            let name = item.prefix { $0 != "=" }
            if name != "loops" {
                findings.add(.sound, .warning, node, "{\(name)=…} before a file has no effect in this version")
            }
        }
    }

    private mutating func checkSounds(_ text: String, at node: XMLNode) {
        if text.contains("tone_stream://path=") {
            findings.add(.sound, .warning, node, "tones from a file (path=) are not in this version")
        }
        var rest = text[...]
        while let separator = rest.firstRange(of: "://") {
            let scheme = rest[..<separator.lowerBound].reversed().prefix { $0.isLetter || $0 == "_" }
            let name = String(scheme.reversed())
            rest = rest[separator.upperBound...]
            if !name.isEmpty, !Self.soundSchemes.contains(name) {
                findings.add(.sound, .warning, node, "\(name):// is not in this version")
            }
        }
    }

    private static let soundSchemes: Set<String> = [
        "file", "file_string", "local_stream", "silence_stream", "tone_stream",
    ]
}
