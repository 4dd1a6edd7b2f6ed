import SIP

/// Reads what a `?` line of a torture file names; `nil` is written `none` there.
enum Probe {
    static func read(_ key: String, of message: SIPMessage) -> String? {
        let path = key.split(separator: ".").map(String.init)
        let rest = path.dropFirst()
        switch path[0] {
        case "method": return message.method.name
        case "status": return message.status.map { "\($0)" }
        case "reason": return message.reasonPhrase
        case "callID": return message.callID
        case "cseq": return "\(message.cseq)"
        case "maxForwards": return message.maxForwards.map { "\($0)" }
        case "branch": return message.topBranch
        case "magicBranch": return "\(message.topVia.hasMagicBranch)"
        case "bodyLength": return "\(message.body.count)"
        case "vias": return "\(message.vias.count)"
        case "contacts": return "\(message.contacts.count)"
        case "routes": return "\(message.routes.count)"
        case "recordRoutes": return "\(message.recordRoutes.count)"
        case "contentType": return message.contentType.map { String($0.prefix { $0 != ";" }) }
        case "header": return message.first(named: rest.joined(separator: "."))
        case "list": return "\(message.all(named: rest.joined(separator: ".")).count)"
        case "uri": return message.requestURI.flatMap { read(rest, of: $0) }
        case "from": return read(rest, of: message.from)
        case "to": return read(rest, of: message.to)
        case "topVia": return read(rest, of: message.topVia)
        case "via": return Int(path[1]).flatMap { read(rest.dropFirst(), of: message.vias[$0]) }
        case "contact": return Int(path[1]).flatMap { read(rest.dropFirst(), of: message.contacts[$0]) }
        default: return "no probe \(key)"
        }
    }

    private static func read(_ path: ArraySlice<String>, of address: NameAddress) -> String? {
        switch path.first {
        case "name": address.displayName
        case "tag": address.tag
        case "uri": read(path.dropFirst(), of: address.uri)
        case let parameter?: address[parameter]
        case nil: "\(address)"
        }
    }

    private static func read(_ path: ArraySlice<String>, of uri: SIPURI) -> String? {
        switch path.first {
        case "user": uri.user
        case "host": uri.hostText
        case "port": uri.port.map { "\($0)" }
        case let parameter?: uri[parameter]
        case nil: "\(uri)"
        }
    }

    private static func read(_ path: ArraySlice<String>, of via: Via) -> String? {
        switch path.first {
        case "transport": via.transport
        case "host": via.host.text
        case "port": via.port.map { "\($0)" }
        case "branch": via.branch
        case "received": via.received.map { "\($0)" }
        case let parameter?: via.parameters[parameter]
        case nil: "\(via)"
        }
    }
}
