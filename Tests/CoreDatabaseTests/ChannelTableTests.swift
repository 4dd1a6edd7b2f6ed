import SwitchCore
import TandemTesting
import Testing

/// The tables and views about channels hold what `show` lists.
struct ChannelTableTests {
    /// A number that is called, with how many channels and bridged calls that makes.
    @Test(arguments: [("4000", 2, 0), ("5000", 2, 0), ("6000", 4, 1)])
    func followsACall(number: String, channels: Int, bridged: Int) throws {
        let exchange = try KeptSwitch()
        try exchange.start()
        let session = try exchange.softswitch.callInside(number, on: exchange.loop)
        #expect(exchange.comesToHold("channels", "channels"))
        #expect(exchange.comesToHold("basic_calls", "calls"))
        #expect(exchange.comesToHold("detailed_calls", "detailed_calls"))
        #expect(exchange.rows("SELECT * FROM channels").count == channels)
        #expect(exchange.rows("SELECT * FROM calls").count == bridged)
        #expect(exchange.rows("SELECT * FROM channels WHERE uuid = '\(session.id)'").count == 1)

        session.requestHangUp(.normalClearing)
        #expect(exchange.comesTrue { exchange.softswitch.sessions.count == 0 })
        #expect(exchange.comesTrue { exchange.rows("SELECT * FROM channels").isEmpty })
        #expect(exchange.rows("SELECT * FROM calls").isEmpty)
        #expect(exchange.rows("SELECT * FROM basic_calls").isEmpty)
        try exchange.stop()
    }

    @Test func followsChangesOfAChannel() throws {
        let exchange = try KeptSwitch()
        try exchange.start()
        let session = try exchange.softswitch.callInside("4000", on: exchange.loop)
        let columns = "SELECT callstate, state, application, accountcode FROM channels WHERE uuid = '\(session.id)'"
        #expect(exchange.comesTrue { exchange.rows(columns) == [["RINGING", "CS_EXECUTE", "sleep", ""]] })
        exchange.loop.run { await session.setVariable("accountcode", "x'; DROP TABLE channels; --") }
        #expect(exchange.comesTrue { exchange.rows(columns).first?.last == "x'; DROP TABLE channels; --" })
        #expect(exchange.command("uuid_transfer \(session.id) 5000").hasPrefix("+OK"))
        #expect(exchange.comesTrue { exchange.rows(columns).first?.prefix(3) == ["ACTIVE", "CS_PARK", "park"] })
        #expect(exchange.comesToHold("channels", "channels"))
        try exchange.stop()
        #expect(exchange.rows("SELECT * FROM channels").isEmpty)
    }

    /// What another program takes out comes back when everything is written anew.
    @Test func everythingIsWrittenAnew() throws {
        let exchange = try KeptSwitch()
        try exchange.start()
        _ = try exchange.softswitch.callInside("6000", on: exchange.loop)
        #expect(exchange.comesToHold("basic_calls", "calls"))
        try exchange.change("DELETE FROM channels; DELETE FROM calls; DELETE FROM interfaces")
        exchange.softswitch.changes.noteEverything()
        #expect(exchange.comesToHold("channels", "channels"))
        #expect(exchange.comesToHold("detailed_calls", "detailed_calls"))
        #expect(exchange.comesTrue { !exchange.rows("SELECT * FROM interfaces").isEmpty })
        try exchange.stop()
    }
}
