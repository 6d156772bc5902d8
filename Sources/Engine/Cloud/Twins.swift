internal import Cluster
internal import Fixups
internal import Live
internal import Site

extension Joining {
  /// Whether another node of the site shows something that only this one should have. All are asked side by side; nothing is
  /// changed anywhere.
  public func twins() throws -> Testimony {
    let inquiry = try askForTwins(target.others)
    guard let own = inquiry.own else {
      return Testimony(findings: [
        Finding(.warning, "no peer was asked: this machine has no ssh, or does not say what it is")
      ])
    }
    return Twins.testimony(of: target.node.name, own, inquiry.peers)
  }

  /// What this node shows of itself, nil where it does not, and what each peer does.
  func askForTwins(
    _ others: [Node]
  ) throws -> (own: Uniques?, peers: [PeerUniques]) {
    guard
      let ssh = try SSH(
        knownHosts: writeKnownHosts(), checksHostKeys: target.site.migration.checksHostKeys, patience: options.patience)
    else { return (nil, []) }
    let (own, peers) = try LiveActor.run {
      let own = try await Uniques.own()
      return (own, await ask(others, ssh))
    }
    return (
      own?.within(target.site),
      peers.map { PeerUniques(name: $0.name, answer: $0.answer.map { $0.within(target.site) }) }
    )
  }

  @LiveActor private func ask(_ peers: [Node], _ ssh: SSH) async -> [PeerUniques] {
    await LiveActor.sideBySide(peers, most: Self.most) { peer in
      let session = PeerSession(ssh: ssh, destination: target.destination(of: peer), user: target.site.migration.user)
      do throws(PeerFailure) {
        return PeerUniques(name: peer.name, answer: .success(try await session.uniques()))
      } catch {
        return PeerUniques(name: peer.name, answer: .failure(error))
      }
    }
  }
}

extension Uniques {
  /// Without the addresses of libvirt's and docker's own networks, which every node has.
  func within(_ site: Site) -> Uniques {
    var uniques = self
    uniques.values[.address] = values[.address]?.filter { text in
      guard let address = try? IPAddress(text) else { return false }
      return site.networks.contains { $0.subnets.contains { $0.contains(address) } }
    }
    return uniques
  }
}

/// What a peer shows of itself, or why it does not.
struct PeerUniques: Sendable {
  let name: NodeName
  let answer: Result<Uniques, PeerFailure>
}

/// What is made of the peers' answers.
enum Twins {
  static func testimony(
    of node: NodeName, _ own: Uniques, _ peers: [PeerUniques]
  ) -> Testimony {
    var testimony = Testimony()
    let answered = peers.compactMap { peer in (try? peer.answer.get()).map { (peer.name, $0) } }
    if !answered.isEmpty {
      for kind in Uniques.Kind.allCases where own.values[kind]?.isEmpty == false {
        let twins = answered.filter { own.shared(with: $0.1).contains(kind) }.map(\.0.description)
        testimony.claims.append(
          Claim(
            "\(kind.rawValue) of \(node)", expected: "\(node)'s alone",
            seen: twins.isEmpty ? "\(node)'s alone" : "also that of \(twins.joined(separator: ", "))"))
      }
    }
    for peer in peers {
      guard case .failure(let failure) = peer.answer else { continue }
      testimony.findings.append(
        Finding(.warning, "\(peer.name) was not asked whether it is a twin: \(failure)", advice: failure.advice))
    }
    return testimony
  }
}
