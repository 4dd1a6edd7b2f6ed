import Applications
import Balancing
import CDR
import Commands
import DatabaseBalancer
import DialplanXML
import EventSocket
import FileSyncing
import LocalStream
import Logs
import Lookups
import Loopback
import Measuring
import Memcache
import Prometheus
import SIPTransport
import Sofia
import SwitchCore
import XMLCurl
import XMLHandler

/// The modules that this program has; `modules.conf.xml` decides which of them are loaded.
enum StandardModules {
    static func catalogue(
        transport: any SIPTransport,
        terminal: TerminalLog,
        door: ConsoleDoor,
        control: ProgramControl,
        balancers: Balancers
    ) -> ModuleCatalogue {
        ModuleCatalogue([
            ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
            ModuleEntry(BalancerModule.self) { BalancerModule($0, balancers) },
            ModuleEntry(CSVCDRModule.self) { CSVCDRModule($0) },
            ModuleEntry(CallerNameModule.self) { CallerNameModule($0, balancers) },
            ModuleEntry(ChatplanModule.self) { ChatplanModule($0) },
            ModuleEntry(CommandsModule.self) { CommandsModule($0, control: control) },
            ModuleEntry(CurlModule.self) { CurlModule($0) },
            ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
            ModuleEntry(ENUMModule.self) { ENUMModule($0) },
            ModuleEntry(EventSocketModule.self) { EventSocketModule($0, door: door) },
            ModuleEntry(FileSyncModule.self) { FileSyncModule($0) },
            ModuleEntry(JSONCDRModule.self) { JSONCDRModule($0) },
            ModuleEntry(LocalStreamModule.self) { LocalStreamModule($0) },
            ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
            ModuleEntry(ConsoleModule.self) { ConsoleModule($0, terminal: terminal) },
            ModuleEntry(LogFileModule.self) { LogFileModule($0) },
            ModuleEntry(ExpressionModule.self) { ExpressionModule($0) },
            ModuleEntry(HashModule.self) { HashModule($0) },
            ModuleEntry(DatabaseModule.self) { DatabaseModule($0) },
            ModuleEntry(ValetParkingModule.self) { ValetParkingModule($0) },
            ModuleEntry(SayEnglishModule.self) { SayEnglishModule($0) },
            ModuleEntry(FliteModule.self) { FliteModule($0) },
            ModuleEntry(MeasuringModule.self) { MeasuringModule($0, balancers) },
            ModuleEntry(MemcacheModule.self) { MemcacheModule($0) },
            ModuleEntry(PrometheusModule.self) { PrometheusModule($0) },
            ModuleEntry(SofiaModule.self) { SofiaModule($0, transport: transport, balancers: balancers) },
            // What these stand for in FreeSWITCH is part of the media engine here.
            ModuleEntry(SoundFileModule.self) { _ in SoundFileModule() },
            ModuleEntry(ToneStreamModule.self) { _ in ToneStreamModule() },
            ModuleEntry(XMLCDRModule.self) { XMLCDRModule($0) },
            ModuleEntry(XMLCurlModule.self) { XMLCurlModule($0) },
            ModuleEntry(XMLHandlerModule.self) { XMLHandlerModule($0, balancers) },
        ])
    }

    /// The modules' names, for the check of a configuration.
    static let names = [
        ApplicationsModule.name, BalancerModule.name, CSVCDRModule.name, CallerNameModule.name, ChatplanModule.name,
        CommandsModule.name, CurlModule.name, DialplanXMLModule.name, ENUMModule.name, EventSocketModule.name,
        FileSyncModule.name, JSONCDRModule.name, LocalStreamModule.name, LoopbackModule.name,
        SofiaModule.name,
        SoundFileModule.name, ToneStreamModule.name, HashModule.name, DatabaseModule.name, ValetParkingModule.name,
        SayEnglishModule.name, ExpressionModule.name, FliteModule.name, ConsoleModule.name, LogFileModule.name,
        MeasuringModule.name, MemcacheModule.name, PrometheusModule.name, XMLCDRModule.name,
        XMLCurlModule.name, XMLHandlerModule.name,
    ]
}

/// `mod_sndfile`: sound files are always there.
struct SoundFileModule: Module {
    static let name = "mod_sndfile"

    func start() async throws {}
}

/// `mod_tone_stream`: tones are always there.
struct ToneStreamModule: Module {
    static let name = "mod_tone_stream"

    func start() async throws {}
}
