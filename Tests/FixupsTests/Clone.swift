import Fixups
import Foundation
import Site
import Testing
import Tree

@testable import Fixups

/// A byte copy of the lab's node `compute` with everything that a used machine has, and what becomes of it.
enum Clone {
  static let hostKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDjTcPLeJTLnnA96eHSo+Cu/mkPtWHiYQXyEtG7Oh/uQ root@compute"
  static let hostKeyECDSA =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBLReacY7sTe1ggUZn8V6dUI75OBaXh//hPI+rO29BVeX2R8eAC5YlicLK8ViQs4gGsIneOY+Appr6oR0cjE2RMk= root@compute"
  static let novaKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAsFTSSPzSn4INZAEKfabM20NciqgJrNRl8z6TlWbEmG nova@compute"
  static let otherKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC8k3H0z2I8Kuwfqpw5aRezD6U0bAEuC8fPvng9g/VQg admin@desk"
  static let rsaKey =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDJeImPoHip4Y9mB2qJb/YxZvyqs/++XNbxRUA7claIWqBkUJFVGa6HDnwHmtDOhc2LOf5B/7TGPoziouJHq3l2TXwmvho5YO4i81530PqnP0lRzz//BW9nGu3gu/b4xcQxLDmpAAgcqKwea0RIG86UC4dz4rIVz5C1HLpvGAsupBgbP84j9b57MG0spxTLc3hK+IqnDnKz/oqPu1ZqRzmLyGjp7wftWqZYKcmFKrLh5QMyD7G4eSjvz/oGViaWORU7wjAMGNDoVaTwm4btcCAOu5Ms9Z/w+jvnSzLgIWijrdifZRsa8lA6yI8jP6GXB1yLJlhA0gHR+f6Gvo8XN0m6QYxT5+YwfsYPvz4PuyRk8wZAYeQXly2AEpWVy/oXvQhbQKEjUyc00bTyekFjCGMfcpybDlcJS8DmISJuHYpzLtqPcMp5A0RZEioH41lFF4DXRqJRW0syWCExaJrb03iITLudpPijpHbo5/R1HfdLXku8sIo2BRs1Cq3yJ98ziH0="
  static let privateKey =
    "-----BEGIN PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END PRIVATE KEY-----\n"

  static let ssh = "/var/lib/nova/.ssh"

  /// A tree that the account nova can be used in, and nothing of the original's but its host key.
  static var plain: MemoryTree {
    var tree = MemoryTree(Lab.compute)
    tree.write("/bin/bash", "\u{7F}ELF", mode: 0o755)
    tree.write("/etc/shells", "/bin/sh\n/bin/bash\n")
    tree.write("/etc/shadow", "root:$6$aaaa$bbbbbbbbbbbbb:18000:0:99999:7:::\nnova:!!:18000::::::\n", mode: 0)
    tree.makeDirectory("/var/lib/nova", owner: 162, group: 162)
    tree.write("/etc/ssh/ssh_host_ed25519_key", privateKey, group: 999, mode: 0o640)
    tree.write("/etc/ssh/ssh_host_ed25519_key.pub", hostKey + "\n")
    return tree
  }

  /// The same with the original's own migration keys.
  static var used: MemoryTree {
    var tree = plain
    tree.makeDirectory(ssh, owner: 162, group: 162, mode: 0o700)
    tree.write("\(ssh)/id_ed25519", privateKey, owner: 162, group: 162, mode: 0o600)
    tree.write("\(ssh)/id_ed25519.pub", novaKey + "\n", owner: 162, group: 162)
    tree.write("\(ssh)/authorized_keys", "# by hand\n\(otherKey)\n", owner: 162, group: 162, mode: 0o600)
    return tree
  }

  static let copied = Provenance(
    origin: .copy, evidence: "etc/hostname says compute", formerNames: ["compute"])
  static let own = Provenance(origin: .own, evidence: "the stamp")

  static func situation(
    _ tree: MemoryTree, _ provenance: Provenance = copied, site: Site? = nil, platform: Platform? = nil,
    ownerCanChange: Bool = true
  ) throws -> Situation {
    let site = try site ?? Lab.site()
    let node = try #require(site.nodes.first { $0.name.description == "compute2" })
    return Situation(
      site: site, node: node, platform: try platform ?? Lab.platform(), tree: tree, provenance: provenance,
      fresh: CountedValues(), ownerCanChange: ownerCanChange)
  }

  /// The tree with a proposal's changes. ssh-keygen stays out of it: private halves are a stub, public ones are well
  /// formed.
  static func applied(_ changes: [Change], to tree: MemoryTree) -> MemoryTree {
    tree.applying(
      changes.map { change in
        guard case .write(let content, let attributes) = change.action else { return change }
        var change = change
        switch content {
        case .bytes: break
        case .privateKey: change.action = .write(.bytes(Array(privateKey.utf8)), attributes)
        case .publicKey(let request):
          change.action = .write(.bytes(Array((publicKey(request) + "\n").utf8)), attributes)
        }
        return change
      })
  }

  static func publicKey(_ request: KeyRequest) -> String {
    switch request.type {
    case .rsa: return "\(rsaKey) \(request.comment)"
    case .ecdsa: return hostKeyECDSA
    case .ed25519:
      let seed = Array(request.name.utf8).suffix(32)
      let blob =
        [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 32] + seed + Array(repeating: 7, count: 32 - seed.count)
      return "ssh-ed25519 \(Data(blob).base64EncodedString()) \(request.comment)"
    }
  }

  /// Proposes for a copy, applies it, and demands that the node is then left alone and every claim holds.
  @discardableResult
  static func settle(
    _ fixup: any Fixup, _ tree: MemoryTree, _ provenance: Provenance = copied, site: Site? = nil,
    platform: Platform? = nil, ownerCanChange: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (tree: MemoryTree, proposal: Proposal) {
    let first = try fixup.propose(
      for: situation(tree, provenance, site: site, platform: platform, ownerCanChange: ownerCanChange))
    for change in first.changes {
      #expect(
        !change.reasons.isEmpty && change.reasons.allSatisfy { !$0.isEmpty && !$0.hasSuffix(".") },
        sourceLocation: sourceLocation)
    }
    #expect(
      Set(first.changes.map(\.path)).count == first.changes.count, "one change a path", sourceLocation: sourceLocation)
    let after = applied(first.changes, to: tree)
    let second = try fixup.propose(
      for: situation(after, own, site: site, platform: platform, ownerCanChange: ownerCanChange))
    #expect(second.changes.map { "\($0.path) \($0.reasons)" } == [], sourceLocation: sourceLocation)
    #expect(second.claims.filter { !$0.holds } == [], sourceLocation: sourceLocation)
    return (after, first)
  }
}

extension Proposal {
  func change(_ path: String) -> Change? { changes.first { $0.path.description == path } }

  var removed: [String] {
    changes.compactMap { if case .remove = $0.action { $0.path.description } else { nil } }
  }

  func warns(_ text: String) -> Bool { findings.contains { $0.severity == .warning && $0.text.contains(text) } }
  func notes(_ text: String) -> Bool { findings.contains { $0.severity == .note && $0.text.contains(text) } }
}

extension Clone {
  /// The lab's site, with one thing said otherwise.
  static func site(_ change: (inout Site) throws -> Void = { _ in }) throws -> Site {
    var site = try Lab.site()
    try change(&site)
    return site
  }

  /// Why migration access refuses a tree.
  static func refusal(_ tree: MemoryTree, site: Site? = nil) throws -> String {
    let situation = try situation(tree, site: site)
    return try #require(throws: FixupError.self) { try MigrationAccess().propose(for: situation) }.description
  }
}
