import ArgumentParser
import Cache

/// How much may be asked for that there is not; the parameters `unknown-…` of `xml_handler.conf` have the same names.
struct UnknownOptions: ParsableArguments {
    @Option(help: "How many users that do not exist one address may ask for at once…")
    var unknownUsers = CacheSettings().unknownBurst

    @Option(help: "…and how many more each second.")
    var unknownUsersPerSecond = CacheSettings().unknownPerSecond

    @Option(help: "How many users and numbers calls from one address may ask for that do not exist, at once…")
    var unknownCalled = CacheSettings().unknownCalledBurst

    @Option(help: "…and how many more each second.")
    var unknownCalledPerSecond = CacheSettings().unknownCalledPerSecond

    @Option(help: "How many all addresses together may ask for that do not exist, at once…")
    var unknownTotal = CacheSettings().unknownTotalBurst

    @Option(help: "…and how many more each second.")
    var unknownTotalPerSecond = CacheSettings().unknownTotalPerSecond

    func validate() throws {
        let bursts = [unknownUsers, unknownCalled, unknownTotal]
        let rates = [unknownUsersPerSecond, unknownCalledPerSecond, unknownTotalPerSecond]
        let (possibleBursts, possibleRates) = (CacheSettings.unknownBursts, CacheSettings.unknownRates)
        guard bursts.allSatisfy(possibleBursts.contains), rates.allSatisfy(possibleRates.contains) else {
            throw ValidationError(
                """
                --unknown-…: so many at once are \(possibleBursts), and so many each second \
                \(possibleRates)
                """
            )
        }
    }

    /// Sets the limits.
    func apply(to settings: inout CacheSettings) {
        (settings.unknownBurst, settings.unknownPerSecond) = (unknownUsers, unknownUsersPerSecond)
        (settings.unknownCalledBurst, settings.unknownCalledPerSecond) = (unknownCalled, unknownCalledPerSecond)
        (settings.unknownTotalBurst, settings.unknownTotalPerSecond) = (unknownTotal, unknownTotalPerSecond)
    }
}
