internal import Documents
internal import Tree

extension UniqueThings {
  /// Agents of deployment tools, and members of clusters: each is one machine to those who tell it what to do.
  static let clusters = [
    // juju/agent, agent.conf in format 2.0: its password and its nonce let it in as that machine or unit.
    UniqueThing(
      key: "juju", subject: "the identity of Juju's agents", reader: "jujud",
      paths: ["/var/lib/juju/agents/*/agent.conf"],
      treatment: .report, maker: "juju add-machine, by hand", comparison: .values(JujuAgent.values), isPrivate: true,
      reason: "the controller takes both for one machine, and has its charms write the original's settings on both",
      advice:
        "before it boots remove jujud-*.service from /etc/systemd/system, and /var/lib/juju; then juju add-machine"),
    // os-collect-config of TripleO: os_collect_config/cfn.py, heat.py, request.py and zaqar.py.
    UniqueThing(
      key: "os-collect-config", subject: "what Heat knows this machine by", reader: "os-collect-config",
      paths: ["/etc/os-collect-config.conf"], isIn: HeatClient.isServer, treatment: .report,
      maker: "Heat, for a server that it makes", comparison: .values(HeatClient.values), isPrivate: true,
      reason: "what is deployed to the original is carried out on both: its network and its name are written again",
      advice: "systemctl disable os-collect-config.service, and remove the file"),
    UniqueThing(
      key: "maas", subject: "the credentials of MAAS for this machine", reader: "cloud-init",
      paths: ["/etc/cloud/cloud.cfg.d/*.cfg"], isIn: { $0.firstRange(of: "token_secret".utf8) != nil },
      treatment: .report, sealing: .said(UniqueThing.leftToAPerson), maker: "MAAS, for a machine that it deploys",
      comparison: .values(MAASToken.values), isPrivate: true,
      reason: "both ask for the original's metadata, and report as it",
      advice: "take datasource MAAS and reporting out of it, and have MAAS enlist this machine as one of its own"),
    // kubeadm(1): bootstrap and rotated certificates.
    UniqueThing(
      key: "kubelet", subject: "the kubelet's credentials", reader: "kubelet",
      paths: [
        "/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/kubeconfig", "/var/lib/kubelet/pki/*.pem",
        "/var/lib/kubelet/pki/*.key",
      ], treatment: .report, maker: "kubeadm join, by hand", isPrivate: true,
      reason: "the cluster takes both for one node, and each ends the other's pods",
      advice: "kubeadm reset, then kubeadm join"),
    UniqueThing(
      key: "etcd", subject: "etcd's membership", reader: "etcd",
      paths: ["/var/lib/etcd/member/snap/db", "/var/lib/etcd/*/member/snap/db", "/var/lib/etcd/*.etcd/member/snap/db"],
      treatment: .report, sealing: .said(UniqueThing.leftToAPerson), maker: "etcd, when the member is added anew",
      comparison: .none, reason: "two members of one id break the cluster's agreement",
      advice: "before it boots remove /var/lib/etcd; then etcdctl member add"),
    // Of packages and ceph-volume `TYPE/CLUSTER-ID`, of cephadm `FSID/TYPE.ID`.
    UniqueThing(
      key: "ceph", subject: "the keys of Ceph's daemons", reader: "ceph-osd, ceph-mon and their kin",
      paths: ["/var/lib/ceph/*/*/keyring"], treatment: .report, sealing: .said(UniqueThing.leftToAPerson),
      maker: "ceph-volume or cephadm, when the daemon is made anew", isPrivate: true,
      reason: "two daemons of one id throw each other out, and what they keep is lost",
      advice:
        "before it boots disable ceph.target, and remove what is below /var/lib/ceph; then deploy daemons of its own"),
    UniqueThing(
      key: "starlingx", subject: "StarlingX's host UUID", reader: "sysinv-agent, maintenance",
      paths: ["/etc/platform/platform.conf"], isIn: { !PlatformConf.ids(in: $0).isEmpty }, treatment: .report,
      sealing: .said(UniqueThing.leftToAPerson), maker: "the controller, when it installs the host",
      comparison: .values(PlatformConf.values), reason: "the controller takes both for one host",
      advice: "have the controller install this host of its own"),
  ]
}

/// Lines that begin with one of some words, up to a colon or an equals sign, and what follows.
private func settings(_ keys: [String], in bytes: [UInt8]) -> [String] {
  Lines(bytes).compactMap { line in
    let text = line.text.trimmingBlanks
    guard let end = text.utf8.firstIndex(where: { ":= ".utf8.contains($0) }), keys.contains(String(text[..<end])) else {
      return nil
    }
    return String(text[end...].drop { ":= \"'".contains($0) }.prefix { !"\"'".contains($0) }).trimmingBlanks
  }
}

/// What a row is compared by, where its files say other things besides: the fingerprint of some values.
private func fingerprints(_ keys: [String]) -> UniqueValues.Reader {
  { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.compactMap { place in
      let values = settings(keys, in: try template.tree.file(place.path)?.bytes ?? [])
      guard !values.isEmpty else { return nil }
      let bytes = Array(values.joined(separator: "\n").utf8)
      return UniqueValue(place.path, bytes, shown: UniqueValue.fingerprint(bytes), place: nil)
    }
  }
}

/// The address of a controller changes in an agent's file, and its passwords may.
enum JujuAgent {
  static let values = fingerprints(["tag", "model", "nonce"])
}

enum HeatClient {
  private static let keys = ["metadata_url", "access_key_id", "user_id", "queue_id", "stack_id", "path"]
  static let values = fingerprints(keys)
  @Sendable static func isServer(_ bytes: [UInt8]) -> Bool { !settings(keys, in: bytes).filter { !$0.isEmpty }.isEmpty }
}

/// `token_key: …` of MAAS's OAuth, in braces or on a line of its own.
enum MAASToken {
  private static let key = Array("token_key".utf8)

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.compactMap { place in
      let bytes = try template.tree.file(place.path)?.bytes ?? []
      guard let key = bytes.firstRange(of: key) else { return nil }
      let token = bytes[key.upperBound...].drop { ":'\" ".utf8.contains($0) }.prefix { !"'\", }\r\n".utf8.contains($0) }
      guard !token.isEmpty else { return nil }
      return UniqueValue(place.path, Array(token), shown: UniqueValue.fingerprint(Array(token)), place: nil)
    }
  }
}

/// `UUID=` of a shell's assignments (config, platform.conf), which is there once the host is known.
enum PlatformConf {
  static func ids(in bytes: [UInt8]) -> [String] { settings(["UUID"], in: bytes).filter { !$0.isEmpty } }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.flatMap { place in
      ids(in: try template.tree.file(place.path)?.bytes ?? []).map { UniqueValue(place.path, $0.lowercased()) }
    }
  }
}
