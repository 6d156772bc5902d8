internal import Site
internal import Tree

/// What others than its own say of an interface of the node's.
struct BesidesFinding {
  let intent: InterfaceIntent
  let finding: Finding
  /// The backend whose files nobody reads, where it is that.
  var unread: Int?
}

extension InterfaceFiles {
  /// Who configures which of the interfaces, and who besides. Of several it is the one whose files really give it an address of the
  /// network, then the first in the platform's order. One that nobody has goes to who has another of them, else to who has any file
  /// at all, else to the platform's first.
  func shares(
    of intents: [InterfaceIntent], _ situation: Situation
  ) throws -> (own: [[InterfaceIntent]], besides: [BesidesFinding]) {
    var own = backends.map { _ in [InterfaceIntent]() }
    var findings: [BesidesFinding] = []
    let owners = try intents.map { try self.owners(of: $0) }
    let usual =
      owners.lazy.compactMap { $0.first }.first ?? backends.indices.first { !backends[$0].addressed.isEmpty }
      ?? backends.indices.first { backends[$0].isInUse } ?? backends.startIndex
    for (intent, found) in zip(intents, owners) {
      guard !backends.isEmpty else { break }
      own[found.first ?? usual].append(intent)
      findings += try besides(found.isEmpty ? [usual] : found, intent, situation)
    }
    return (own, findings)
  }

  /// Those that have the interface, whose it is first.
  private func owners(of intent: InterfaceIntent) throws -> [Int] {
    let found = backends.indices.filter { !backends[$0].files(of: intent.interface, mac: intent.mac).isEmpty }
    guard found.count > 1 else { return found }
    let ranked = try found.map { (index: $0, rank: try rank(backends[$0], intent)) }
    return ranked.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }.map(\.index)
  }

  private func rank(_ backend: any NetworkBackend, _ intent: InterfaceIntent) throws -> Int {
    let (interface, mac) = (intent.interface, intent.mac)
    if try obstacle(to: backend, interface, mac: mac) != nil { return 4 }
    if let networkd = backend as? NetworkdFiles, comesAfterNetplan(networkd, intent) { return 3 }
    if backend.leavesAlone(interface, mac: mac) { return 2 }
    // To start it here would make another that has it fight.
    if let files = backend as? IfupdownFiles, !files.startsAtBoot(interface, mac: mac) { return 1 }
    return backend.addresses(of: interface, mac: mac).contains { intent.network.subnet(for: $0) != nil } ? 0 : 1
  }

  /// Of the files for one interface systemd-networkd takes the first by name, and netplan's are called 10-netplan-….
  private func comesAfterNetplan(_ networkd: NetworkdFiles, _ intent: InterfaceIntent) -> Bool {
    guard let netplan = backends.lazy.compactMap({ $0 as? NetplanFiles }).first,
      let definition = netplan.definition(of: intent.interface, mac: intent.mac),
      let unit = networkd.unit(of: intent.interface, mac: intent.mac)
    else { return false }
    return netplan.renderer(of: definition) != "NetworkManager" && unit.name > "10-netplan-\(definition.id).network"
  }

  /// What others say of an interface.
  private func besides(
    _ found: [Int], _ intent: InterfaceIntent, _ situation: Situation
  ) throws -> [BesidesFinding] {
    guard let first = found.first else { return [] }
    let (interface, mac) = (intent.interface, intent.mac)
    func title(_ index: Int) -> String {
      let files = backends[index].files(of: interface, mac: mac).map(\.description)
      return backends[index].kind.title + (files.isEmpty ? "" : " (\(files.joined(separator: ", ")))")
    }
    let isRead = try obstacle(to: backends[first], interface, mac: mac) == nil
    var fighting: [(index: Int, title: String)] = [(first, title(first))]
    var findings: [BesidesFinding] = []
    for index in found.dropFirst() where !backends[index].leavesAlone(interface, mac: mac) {
      guard isRead, let obstacle = try obstacle(to: backends[index], interface, mac: mac) else {
        fighting.append((index, title(index)))
        continue
      }
      let strays = backends[index].addresses(of: interface, mac: mac).compactMap { address in
        situation.stray(address).map { "\(address), \($0)," }
      }
      let what = strays.isEmpty ? "is" : "has \(strays.joined(separator: " and "))"
      let finding = Finding(
        .warning, "\(interface) \(what) in files of \(title(index)) too, which nobody reads: \(obstacle.reason)",
        advice: "take it out there; imprint edits what \(backends[first].kind.title) reads")
      findings.append(BesidesFinding(intent: intent, finding: finding, unread: index))
    }
    if let general = try generalUnit(for: intent, besides: found) {
      fighting.append((backends.endIndex, "systemd-networkd (\(general.path))"))
    }
    if let (netplan, definition) = try generalDefinition(for: intent, besides: found) {
      let places = Set(definition.parts.map { netplan.all[$0.file].snapshot.path.description }).sorted()
      fighting.append((backends.endIndex, "\(netplan.kind.title) (\(places.joined(separator: ", ")))"))
    }
    fighting.sort { $0.index < $1.index }
    guard fighting.count > 1 else { return findings }
    let finding = Finding(
      .warning,
      "\(interface) is configured by \(fighting.map(\.title).joined(separator: " and by ")), and they fight over it",
      advice: "keep one; imprint edits what \(backends[first].kind.title) reads")
    return findings + [BesidesFinding(intent: intent, finding: finding)]
  }

  /// The file for whatever matches, `Name=en*`, by which systemd-networkd takes an interface that is another's. netplan's own come
  /// before it, or are told to come too late.
  private func generalUnit(for intent: InterfaceIntent, besides found: [Int]) throws -> NetworkdUnit? {
    guard !found.contains(where: { [.networkd, .netplan].contains(backends[$0].kind) }),
      let files = backends.lazy.compactMap({ $0 as? NetworkdFiles }).first,
      let unit = files.first(for: intent.interface, mac: intent.mac),
      !unit.isUnmanaged,
      try obstacle(to: files) == nil
    else { return nil }
    return unit
  }

  /// The node's interfaces whose files nobody reads.
  func unread(_ shares: [[InterfaceIntent]]) throws -> Proposal {
    var proposal = Proposal()
    for (backend, intents) in zip(backends, shares) {
      for intent in intents {
        guard let obstacle = try obstacle(to: backend, intent.interface, mac: intent.mac) else { continue }
        let paths = backend.files(of: intent.interface, mac: intent.mac).map(\.description)
        let what = paths.isEmpty ? "what \(backend.kind.title) would read" : paths.joined(separator: " and ")
        proposal.findings.append(
          Finding(
            .warning,
            "\(intent.interface) stays without its address, since nobody reads \(what) at boot: \(obstacle.reason)",
            advice: obstacle.remedy))
        guard obstacle.isCertain else { continue }
        proposal.claims.append(
          Claim(
            "reader of \(intent.interface)", expected: backend.kind.title, seen: "none (\(obstacle.reason))",
            holds: false))
      }
    }
    return proposal
  }
}
