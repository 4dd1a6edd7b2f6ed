import Testing

@testable import DatabaseProxy

/// What clients begin with, and what they are told when there is no node.
struct ProtocolTests {
    private static func message(_ length: UInt32, _ code: UInt32, _ rest: [UInt8] = []) -> [UInt8] {
        [length, code].flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } } + rest
    }

    private static let openings: [([UInt8], PostgreSQLOpening)] = [
        ([], .incomplete),
        ([0, 0, 0, 8, 4, 210, 22], .incomplete),
        (message(8, 80_877_103), .encryption),
        (message(8, 80_877_104), .encryption),
        (message(9, 80_877_103), .foreign),
        (message(16, 80_877_102), .incomplete),
        (message(16, 80_877_102, [0, 0, 0, 1, 0, 0, 0, 2]), .cancel),
        (message(20, 80_877_102, [0, 0, 0, 1, 0, 0, 0, 2]), .incomplete),
        (message(268, 80_877_102, [UInt8](repeating: 1, count: 260)), .cancel),
        (message(269, 80_877_102, [UInt8](repeating: 1, count: 261)), .foreign),
        (message(15, 80_877_102, [0, 0, 0, 1, 0, 0, 0]), .foreign),
        (message(9, 196_608), .incomplete),
        (message(9, 196_608, [0]), .startup),
        (message(10, 196_610, [0, 0]), .startup),
        (message(7, 196_608), .foreign),
        (message(10_001, 196_608), .foreign),
        (message(.max, .max), .foreign),
        (Array("GET / HTTP/1.1".utf8), .foreign),
    ]

    @Test(arguments: openings)
    private func openingsAreRead(_ bytes: [UInt8], _ opening: PostgreSQLOpening) {
        #expect(PostgreSQLOpening(bytes) == opening)
    }

    @Test func refusalsAreErrorsOfTheProtocol() {
        #expect(RefusalPacket.mariaDB("no") == [5, 0, 0, 0, 0xff, 0x10, 0x04] + Array("no".utf8))
        let text = Array("SFATAL\0VFATAL\0C57P03\0Mno\0\0".utf8)
        #expect(RefusalPacket.postgreSQL("n\0o") == Array("E".utf8) + [0, 0, 0, UInt8(text.count + 4)] + text)
        let long = RefusalPacket.mariaDB(String(repeating: "x", count: 100_000))
        #expect(long.count == RefusalPacket.textLimit + 7)
    }
}
