/// How long clients may be connected without having said who they are.
package struct StrangerPatience: Hashable, Sendable {
    /// Then the connection ends.
    package var authentication = Duration.seconds(25)
    /// Before that time is over, nobody makes room for others: many programs may come at once.
    package var courtesy = Duration.seconds(2)

    /// The usual times.
    package init() {}
}
