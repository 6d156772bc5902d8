internal import Documents
internal import Site
internal import Tree

extension InterfaceFiles {
  /// Name servers of the site that go where nothing in this tree reads them, while /etc/resolv.conf is a plain file that names others.
  func unreadServers(_ shares: [[InterfaceIntent]], _ situation: Situation) throws -> [Finding] {
    let path: TreePath = "/etc/resolv.conf"
    guard try situation.tree.status(path)?.kind == .regular, let file = try situation.tree.glance(path) else {
      return []
    }
    let said = Lines(file.bytes).compactMap { line -> String? in
      let words = line.text.split(whereSeparator: \.isWhitespace)
      return words.count > 1 && words[0] == "nameserver" ? String(words[1]) : nil
    }
    return try zip(backends, shares).flatMap { backend, intents in
      try intents.filter { !Set($0.dns).isSubset(of: said) }.compactMap { intent -> Finding? in
        guard let reason = try unread(backend, intent, situation.tree) else { return nil }
        let servers = intent.dns.joined(separator: " and ")
        return Finding(
          .warning,
          "the name servers of \(intent.interface) (\(servers)) have no reader: \(reason); \(path) names "
            + (said.isEmpty ? "none" : said.joined(separator: " and ")),
          advice: "write them into \(path), or install what reads them")
      }
    }
  }

  /// Why what is written there comes to nothing.
  private func unread(_ backend: any NetworkBackend, _ intent: InterfaceIntent, _ tree: any TreeReading) throws
    -> String?
  {
    func lacks(_ paths: [TreePath]) throws -> Bool { try paths.allSatisfy { try tree.status($0) == nil } }
    let resolved = ["/usr/lib/systemd/systemd-resolved", "/lib/systemd/systemd-resolved"] as [TreePath]
    let manager = ["/usr/sbin/NetworkManager", "/sbin/NetworkManager"] as [TreePath]
    switch backend.kind {
    case .ifupdown where try lacks(["/sbin/resolvconf", "/usr/sbin/resolvconf"]):
      return "dns-nameservers is resolvconf's (interfaces(5)), which is not here"
    case .networkd where try lacks(resolved): return "systemd-resolved is not here"
    case .netplan where try lacks(resolved) && lacks(manager): return "systemd-resolved is not here"
    case .ifcfg where try lacks(manager):
      let file = (backend as? IfcfgFiles)?.file(of: intent.interface, mac: intent.mac)
      return file?.refuses("PEERDNS") ?? false ? "PEERDNS=no keeps the network scripts from it" : nil
    default: return nil
    }
  }
}
