extension SiteDraft {
  /// Reports whatever doesn't fit together.
  /// - Parameter profiles: nil: any.
  func check(profiles: [String]?, _ problems: Problems) {
    if nodes.isEmpty {
      problems.report(
        nodesPlace ?? .start, "the site has no nodes", "name each under [nodes.NAME], with role and addresses")
    }
    for network in networks { network.check(problems) }
    checkOverlaps(problems)
    checkProfile(profile, profiles, problems)
    let table = Dictionary(networks.map { ($0.name.value, $0) }, uniquingKeysWith: { first, _ in first })
    let known = networks.map(\.name.value)
    for node in nodes {
      checkProfile(node.profile, profiles, problems)
      node.check(networks: table, known: known, problems)
      checkHostname(node, problems)
    }
    checkUniqueness(problems)
    checkChoice(hosts, default: .management, of: { _ in true }, "its name resolves to one", problems)
    // Usually both are the same network, and one complaint about a node is enough.
    let isOneNetwork = !hosts.isBroken && nova.said?.value == hosts.said?.value
    checkChoice(
      nova, default: .management, of: { $0.role == .compute && !isOneNetwork }, "nova's my_ip is one", problems)
    checkChoice(
      neutron, default: hasNetwork(.tunnel) ? .tunnel : nil, of: { $0.role == .compute },
      "neutron's local_ip is one", problems)
  }

  private func checkProfile(_ profile: Placed<String>?, _ known: [String]?, _ problems: Problems) {
    guard let profile, let known, !known.contains(profile.value) else { return }
    let guess = problems.guess(profile.value, known)
    problems.report(
      profile.place, "unknown profile \(quoted(profile.value))",
      guess ?? "known: \(known.map { quoted($0) }.joined(separator: ", "))")
  }

  private func checkHostname(_ node: NodeDraft, _ problems: Problems) {
    guard let name = node.validName, let domain else { return }
    let full = "\(name).\(domain.value)"
    if full.utf8.count > 64 {
      problems.report(
        node.name.place, "\(quoted(full)) has \(full.utf8.count) bytes",
        "Linux takes host names of at most 64 bytes: shorten the node's name or the domain")
    }
  }

  /// A setting that names a network, and the nodes that must have an address on it.
  private func checkChoice(
    _ choice: NetworkChoice, default usual: NetworkName?, of isAffected: (NodeDraft) -> Bool, _ why: String,
    _ problems: Problems
  ) {
    guard !choice.isBroken, let name = choice.said?.value ?? usual else { return }
    let known = Set(networks.map(\.name.value))
    guard known.contains(name.description) else {
      if let said = choice.said {
        problems.reportUnknown(network: Placed(name.description, said.place), networks.map(\.name.value))
      } else if !nodes.isEmpty, !networks.isEmpty {
        problems.report(
          choice.place,
          "[\(choice.table)] \(choice.key) is \(quoted(name.description)) by default, and there is no such network",
          "describe it under [networks.\(name)], or say \(choice.key) = \(quoted(networks[0].name.value)) under [\(choice.table)]"
        )
      }
      return
    }
    for node in nodes where isAffected(node) && !node.isUnsureOfAddresses(known) {
      guard !node.addresses.contains(where: { $0.network.value == name.description }) else { continue }
      problems.report(
        node.name.place, "node \(quoted(node.name.value)) has no address on \(quoted(name.description)), and \(why)",
        "add it to the node's addresses, or say another network as \(choice.key) under [\(choice.table)]")
    }
  }
}

extension Problems {
  func reportUnknown(network: Placed<String>, _ known: [String]) {
    let guess = guess(network.value, known)
    let list = known.prefix(20).joined(separator: ", ")
    report(
      network.place, "unknown network \(quoted(network.value))",
      guess
        ?? (known.isEmpty
          ? "the site has no networks yet: describe it under [networks.\(network.value)]" : "the site has \(list)"))
  }
}
