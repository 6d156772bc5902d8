internal import Documents
internal import Site
internal import Tree

/// Network configuration that imprint reads but does not edit on this platform: whoever uses it has to hear of addresses in it.
struct OtherNetworkFiles {
  private let situation: Situation
  private let former: [(address: IPAddress, token: Token)]

  init(_ situation: Situation) {
    self.situation = situation
    former = situation.formerAddresses.map { ($0.address, Token($0.address.description)) }
  }

  /// The directories, and which of their files are read.
  private var places: [(directory: TreePath, isRead: (String) -> Bool)] {
    var places: [(TreePath, (String) -> Bool)] = []
    let edited = situation.platform.networks
    if !edited.contains(.keyfile) {
      places.append((KeyfileFiles.directory, { !$0.hasPrefix(".") && !$0.hasSuffix("~") }))
    }
    if !edited.contains(.netplan) { places.append(("/etc/netplan", { $0.hasSuffix(".yaml") })) }
    if !edited.contains(.networkd) { places.append((NetworkdFiles.directory, { $0.hasSuffix(".network") })) }
    for case .ifcfg(let directory, _) in edited {
      let prefixes = ["route-", "route6-", "rule-", "rule6-"]
      places.append((TreePath(directory), { name in prefixes.contains { name.hasPrefix($0) } }))
      places.append(("/etc/sysconfig", { $0 == "static-routes" }))
    }
    for case .wicked(let directory) in edited { places.append((TreePath(directory), { $0.hasPrefix("ifrule-") })) }
    return places
  }

  func findings() throws(TreeError) -> [Finding] {
    guard !former.isEmpty else { return [] }
    var findings: [Finding] = []
    for place in places {
      for (_, file) in try situation.tree.files(in: place.directory, where: place.isRead) {
        findings += self.findings(in: file)
      }
    }
    return findings
  }

  private func findings(in file: FileSnapshot) -> [Finding] {
    let text = String(decoding: file.bytes, as: UTF8.self)
    return former.filter { $0.token.occurs(in: text) }.map { address, _ in
      Finding(
        .warning,
        "\(file.path) mentions \(address), which is \(situation.whose(address)); it is left as it is",
        advice: "correct it by hand, or take it away")
    }
  }
}
