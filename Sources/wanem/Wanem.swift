import Base
import Glibc
import WANEmulation

/// `wanem SOCKET [SEED]`: a wide area network between network namespaces, for tests.
///
/// Each node has a device that is made here and moved to the node's namespace by whoever asked for it. What goes through is
/// said at the socket, by the commands of ``WANCommand``; it all ends with the process.
@main
struct Wanem {
    /// How many packets of one device are read before others have their turn.
    private static let packetsInTurn = 64

    private var emulator: WANEmulator
    private var control: ControlSocket
    private var devices: [TunnelDevice] = []
    private var buffer = [UInt8](repeating: 0, count: TunnelDevice.longestPacket)

    static func main() {
        let words = CommandLine.arguments.dropFirst()
        guard let path = words.first, words.count <= 2, let seed = UInt64(words.dropFirst().first ?? "1") else {
            print("usage: wanem SOCKET [SEED]")
            exit(2)
        }
        do {
            var program = Wanem(emulator: WANEmulator(seed: seed), control: try ControlSocket(path))
            while true { program.turn() }
        } catch {
            print("wanem: \(error)")
            exit(1)
        }
    }

    private init(emulator: WANEmulator, control: ControlSocket) {
        (self.emulator, self.control) = (emulator, control)
    }

    private mutating func turn() {
        var ready = DescriptorSet()
        ready.insert(control.descriptor)
        for connection in control.connections { ready.insert(connection.descriptor) }
        for device in devices { ready.insert(device.descriptor) }
        ready.wait(until: emulator.nextEvent)
        for (node, device) in devices.enumerated() where ready.contains(device.descriptor) {
            for _ in 0..<Self.packetsInTurn {
                guard let packet = device.read(into: &buffer) else { break }
                emulator.enter(packet, from: node, at: .now)
            }
        }
        // What cannot be written is lost, as it is where a cable was pulled out.
        for arrival in emulator.arrivals(at: .now) { _ = devices[arrival.node].write(arrival.packet) }
        if ready.contains(control.descriptor) { control.accept() }
        for connection in control.connections where ready.contains(connection.descriptor) {
            for line in control.lines(from: connection.descriptor) {
                control.send(answer(line), to: connection.descriptor)
            }
        }
    }

    private mutating func answer(_ line: String) -> String {
        do {
            let command = try WANCommand(line)
            guard case .node(let name, let device, let prefixes) = command else {
                return emulator.carryOut(command, at: .now)
            }
            return try add(name, device, prefixes)
        } catch {
            return "-ERR \(error)\n"
        }
    }

    private mutating func add(_ name: String, _ device: String, _ prefixes: [IPPrefix]) throws -> String {
        guard emulator.place(of: name) == nil, emulator.nodes.count < WANEmulator.maximumNodes else {
            return "-ERR there is a node \(name) already, or there are too many\n"
        }
        devices.append(try TunnelDevice(device))
        guard emulator.add(name, prefixes) != nil else { return "-ERR \(name) is refused\n" }
        return "+OK\n"
    }
}
