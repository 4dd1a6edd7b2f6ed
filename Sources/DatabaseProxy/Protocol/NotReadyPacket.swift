/// The error with which a node of Galera says that it is no part of the cluster at the moment (1047).
package enum NotReadyPacket {
    /// Where the text begins: behind length, number, mark, error number, and SQLSTATE with its mark.
    private static let head: [UInt8?] = [nil, nil, 0, nil, 0xFF, 0x17, 0x04, UInt8(ascii: "#")]
    private static let text = Array("08S01WSREP".utf8)

    /// Whether bytes of a server, as they came, begin with such an error.
    ///
    /// Servers send an answer that is an error in one piece, and nothing before it. The text is looked at too: 1047 alone
    /// also means a command that the server does not know.
    package static func begins(_ bytes: some Collection<UInt8>) -> Bool {
        guard bytes.count >= head.count + text.count else { return false }
        return zip(bytes, head).allSatisfy { $1 == nil || $0 == $1 } && bytes.dropFirst(head.count).starts(with: text)
    }
}
