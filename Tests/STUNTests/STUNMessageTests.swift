import Base
import STUN
import Testing

/// Bytes written as hexadecimal digits; blanks do not count.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.utf8.compactMap(\.hexDigit)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

let identifier = STUNTransactionID(high: 0xB7E7_A701, low: 0xBC34_D686_FA87_DFAE)
let header = "2112a442 b7e7a701 bc34d686 fa87dfae"

struct STUNMessageTests {
    /// The responses of RFC 5769 §2.2 and §2.3: SOFTWARE, XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT.
    @Test(arguments: [
        (
            """
            0101003c \(header) 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
            00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96
            """,
            "192.0.2.1:32853"
        ),
        (
            """
            01010048 \(header) 8022000b 74657374 20766563 746f7220
            00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
            00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c
            """,
            "[2001:db8:1234:5678:11:2233:4455:6677]:32853"
        ),
    ]) func sampleResponses(_ text: String, _ address: String) throws {
        let message = try STUNMessage(parsing: bytes(text))
        #expect(message.messageClass == .success && message.method == STUNMessage.binding)
        #expect(message.transaction == identifier)
        #expect(message.attributes.map(\.type) == [0x8022, 0x0020, 0x0008, 0x8028])
        #expect(message.attributes.first?.value == Array("test vector".utf8))
        #expect(message.unknownRequiredAttributes.isEmpty)
        #expect(message.mappedAddress?.description == address)
    }

    @Test(arguments: ["192.0.2.1:1", "0.0.0.0:0", "255.255.255.255:65535", "[2001:db8::1]:3478", "[::]:9"])
    func addressesAreReadAsTheyAreWritten(_ text: String) throws {
        let endpoint = try #require(IPEndpoint(text))
        let attribute = STUNMessage.xorMappedAddress(endpoint, in: identifier)
        let message = STUNMessage(.success, transaction: identifier, attributes: [attribute])
        let read = try STUNMessage(parsing: message.serialized())
        #expect(read == message)
        #expect(read.mappedAddress == endpoint)
    }

    @Test(
        arguments: [
            // The older attribute, alone and beside the newer one.
            ("0101000c \(header) 00010008 00010bb8 c0000207", "192.0.2.7:3000"),
            ("01010018 \(header) 00010008 00010bb8 c0000207 00200008 0001a147 e112a643", "192.0.2.1:32853"),
            // An unknown family, a length that is not the family's, no address.
            ("0101000c \(header) 00200008 0003a147 e112a643", nil),
            ("0101000c \(header) 00200008 0002a147 e112a643", nil),
            ("01010008 \(header) 00200004 0001a147", nil),
            ("01010000 \(header)", nil),
        ] as [(String, String?)]
    ) func addresses(_ text: String, _ address: String?) throws {
        #expect(try STUNMessage(parsing: bytes(text)).mappedAddress?.description == address)
    }

    @Test(
        arguments: [
            ("", .wrongLength), ("0101", .wrongLength),
            ("41010000 \(header)", .notSTUN), ("81010000 \(header)", .notSTUN),
            ("01010000 2112a443 b7e7a701 bc34d686 fa87dfae", .notSTUN),
            ("01010004 \(header)", .wrongLength), ("01010000 \(header) 00", .wrongLength),
            ("01010002 \(header) 0000", .wrongLength),
            ("01010004 \(header) 00200001", .attributeTooLong),
            ("01010008 \(header) 00200005 00000000", .attributeTooLong),
            ("0101fffc \(header)", .wrongLength), ("01010004 \(header) 0020ffff", .attributeTooLong),
            ("01010104 \(header)" + String(repeating: " 80220000", count: 65), .tooManyAttributes),
            ("010107f0 \(header)" + String(repeating: " 00000000", count: 508), .wrongLength),
        ] as [(String, STUNMessageError)]
    ) func damaged(_ text: String, _ error: STUNMessageError) {
        #expect(throws: error) { try STUNMessage(parsing: bytes(text)) }
    }

    @Test(arguments: STUNMessage.Class.allCases) func classesAndMethods(_ messageClass: STUNMessage.Class) throws {
        for method in [0x001, 0x003, 0x009, 0x010, 0x080, 0xFFF, 0xABC] as [UInt16] {
            let message = STUNMessage(messageClass, method: method, transaction: identifier)
            let written = message.serialized()
            #expect(written.count == STUNMessage.headerLength && written[0] < 0x40)
            #expect(try STUNMessage(parsing: written) == message)
        }
    }

    @Test func valuesArePadded() throws {
        for length in 0...5 {
            let attribute = STUNMessage.Attribute(type: 0x8022, value: [UInt8](repeating: 7, count: length))
            let message = STUNMessage(.request, transaction: identifier, attributes: [attribute, attribute])
            #expect(message.serialized().count == STUNMessage.headerLength + 2 * (4 + (length + 3) / 4 * 4))
            #expect(try STUNMessage(parsing: message.serialized()) == message)
        }
    }
}
