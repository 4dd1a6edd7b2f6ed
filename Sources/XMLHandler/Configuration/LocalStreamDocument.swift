import XMLConfig

/// `local_stream.conf`: the directories with music on hold, a tenant's under its domain.
struct LocalStreamDocument {
    static let sql = """
        SELECT m.*, d.domain_name AS tenant_name FROM v_music_on_hold m \
        LEFT JOIN v_domains d ON d.domain_uuid = m.domain_uuid \
        ORDER BY m.music_on_hold_name, m.music_on_hold_rate, m.music_on_hold_uuid
        """

    let node: XMLNode

    init(_ rows: [TableRow], options: HandlerOptions) {
        node = .configuration(
            "local_stream.conf",
            description: "stream files from local dir",
            rows.map { Self.directory($0, options) }
        )
    }

    private static func directory(_ row: TableRow, _ options: HandlerOptions) -> XMLNode {
        let rate = row.nonEmpty("music_on_hold_rate")
        let parts = [row["tenant_name"], row.text("music_on_hold_name"), rate].compactMap { $0 }
        let path = row.text("music_on_hold_path").replacing("$${sounds_dir}", with: options.soundsDirectory)
        let attributes = [
            ("name", parts.joined(separator: "/")), ("uuid", row.text("music_on_hold_uuid")), ("path", path),
        ]
        let params = [
            ("rate", rate ?? "48000"), ("shuffle", row.text("music_on_hold_shuffle")), ("channels", "1"),
            ("interval", "20"), ("timer-name", row.nonEmpty("music_on_hold_timer_name") ?? "soft"),
            ("chime-list", row.text("music_on_hold_chime_list")), ("chime-freq", row.text("music_on_hold_chime_freq")),
            ("chime-max", row.text("music_on_hold_chime_max")),
        ]
        return XMLNode(
            "directory",
            TableText.safe(attributes),
            TableText.safe(params).map(XMLNode.param)
        )
    }
}
