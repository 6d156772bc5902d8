internal import Tree

extension UniqueThings {
  /// Agents that tell a server elsewhere what goes on here: monitoring, security, schedulers and their kin.
  static let watchers = [
    // Splunk's manual, "Make a universal forwarder part of a host image".
    UniqueThing(
      key: "splunk", subject: "Splunk's GUID", reader: "splunkd",
      paths: ["/opt/splunkforwarder/etc/instance.cfg", "/opt/splunk/etc/instance.cfg"], treatment: .remove,
      maker: "splunkd makes one at its start", reason: "the deployment server takes both for one",
      advice: "see serverName of etc/system/local/server.conf and host of inputs.conf beside it for the original's name"
    ),
    // The store has the customer's id as well, without which the sensor does not start, in a form of CrowdStrike's own (falconctl(8)); with no
    // agent id in it, it is the same on all.
    UniqueThing(
      key: "crowdstrike", subject: "what CrowdStrike's sensor knows itself by", reader: "falcon-sensor",
      paths: ["/opt/CrowdStrike/falconstore"], isIn: { !$0.isEmpty }, treatment: .report,
      sealing: .said(UniqueThing.leftToAPerson), maker: "the sensor gets one at its start where it has none",
      comparison: .none, isPrivate: true, reason: "two hosts of one agent id are one in the console",
      advice: "/opt/CrowdStrike/falconctl -d -f --aid, before the sensor starts"),
    // Qualys' Cloud Agent; its HostIdSearchDir may say another directory.
    UniqueThing(
      key: "qualys", subject: "the host id of Qualys' agent", reader: "qualys-cloud-agent",
      paths: ["/etc/qualys/hostid"], treatment: .remove, maker: "the agent makes one when it next registers",
      reason: "what is found on two hosts is filed under one"),
    // Tenable's manual of Nessus Agent, "nessuscli prepare-image".
    UniqueThing(
      key: "tenable", subject: "the ids of Tenable's agent", reader: "nessusagent",
      paths: ["/etc/tenable_tag", "/opt/nessus_agent/var/nessus/uuid"], treatment: .report,
      maker: "nessuscli agent link, by hand", reason: "the server refuses the second, or takes both for one",
      advice: "/opt/nessus_agent/sbin/nessuscli prepare-image, then nessuscli agent link"),
    // A manager's has a line for each of its agents (Wazuh's manual, "client.keys").
    UniqueThing(
      key: "wazuh", subject: "the key of Wazuh's agent", reader: "wazuh-agentd", paths: ["/var/ossec/etc/client.keys"],
      isIn: { $0.split(separator: 0x0A).count == 1 }, treatment: .report,
      maker: "the agent asks its manager for one, which has to let it in", isPrivate: true,
      reason: "the manager takes both for one, and refuses what seems to come from the past",
      advice: "stop wazuh-agent, remove the file, and enrol this node anew"),
    // cmk-agent-ctl, src/config.rs and its package's cmk-agent-useradd: connections without an identity are `{}`.
    UniqueThing(
      key: "checkmk", subject: "the registration with Checkmk", reader: "cmk-agent-ctl",
      paths: [
        "/var/lib/cmk-agent/registered_connections.json",
        "/opt/checkmk/agent/*/runtime/controller/registered_connections.json",
      ], isIn: { $0.firstRange(of: "\"uuid\"".utf8) != nil }, treatment: .report,
      maker: "cmk-agent-ctl register, by hand", isPrivate: true, reason: "both answer for one host",
      advice: "cmk-agent-ctl delete-all, then cmk-agent-ctl register"),
    UniqueThing(
      key: "landscape", subject: "the registration with Landscape", reader: "landscape-client",
      paths: ["/var/lib/landscape/client/broker.bpickle", "/var/lib/landscape/client/broker.bpickle.old"],
      isIn: { Landscape.id(in: $0) != nil }, treatment: .report, maker: "landscape-config, by hand",
      comparison: .values(Landscape.values), isPrivate: true, reason: "the server takes both for one computer",
      advice: "stop landscape-client, remove them, and run landscape-config"),
    // Nomad's client.go, `nodeID`: in data_dir, as HashiCorp's and Debian's packages have it.
    UniqueThing(
      key: "nomad", subject: "Nomad's node id", reader: "nomad",
      paths: ["/opt/nomad/data", "/var/lib/nomad"].flatMap { ["\($0)/client/client-id", "\($0)/client/secret-id"] },
      treatment: .remove, maker: "nomad makes both at its start", isPrivate: true,
      reason: "the servers take both for one node, and move its work to and fro"),
    // zerotier-one(8).
    UniqueThing(
      key: "zerotier", subject: "ZeroTier's identity", reader: "zerotier-one",
      paths: ["/var/lib/zerotier-one/identity.secret", "/var/lib/zerotier-one/identity.public"], treatment: .report,
      maker: "zerotier-one makes one at its start, and has to be let in", isPrivate: true,
      reason: "two machines with one identity throw each other out",
      advice: "stop zerotier-one, remove both, and let this node's new address into its networks"),
    // Netdata's manual, "Node Identities": a file that is missing is made at the start, and what it was claimed with is its cloud's.
    UniqueThing(
      key: "netdata", subject: "Netdata's machine GUID, and its claim", reader: "netdata",
      paths: [
        "/var/lib/netdata/registry/netdata.public.unique.id", "/var/lib/netdata/cloud.d/claimed_id",
        "/var/lib/netdata/cloud.d/private.pem", "/var/lib/netdata/cloud.d/cloud.conf",
      ], treatment: .remove, maker: "netdata makes a GUID at its start; claiming it is a person's", isPrivate: true,
      reason: "a parent and the cloud take both for one node"),
    // gravitational/teleport, issue 546: its state has the certificates for that UUID as well.
    UniqueThing(
      key: "teleport", subject: "Teleport's host UUID", reader: "teleport", paths: ["/var/lib/teleport/host_uuid"],
      treatment: .report, sealing: .said(UniqueThing.leftToAPerson), maker: "teleport, when it joins anew",
      reason: "the cluster takes both for one node, and reaches either",
      advice: "before it boots remove /var/lib/teleport, and give this node a token to join with"),
    // elastic/beats, issue 37743: the agent's id is in it, encrypted.
    UniqueThing(
      key: "elastic-agent", subject: "the enrolment of Elastic's agent", reader: "elastic-agent",
      paths: ["/opt/Elastic/Agent/fleet.enc", "/var/lib/elastic-agent/fleet.enc"], treatment: .report,
      maker: "elastic-agent enroll, by hand", isPrivate: true, reason: "Fleet takes both for one agent",
      advice: "stop elastic-agent, remove the file, and elastic-agent enroll"),
  ]
}

/// What landscape-client knows itself by, in a file that changes with all that it sends (landscape-client, landscape/lib/bpickle.py).
enum Landscape {
  /// Not `insecure-id`, which is a number that the server counts.
  private static let key = Array("9:secure-id".utf8)

  /// A text: `u` or `s`, its length and a colon before it.
  static func id(in bytes: [UInt8]) -> String? {
    guard let key = bytes.firstRange(of: key) else { return nil }
    let value = bytes[key.upperBound...]
    guard let kind = value.first, "us".utf8.contains(kind), let colon = value.firstIndex(of: UInt8(ascii: ":")),
      let length = Int(String(decoding: value[(value.startIndex + 1)..<colon], as: UTF8.self)), length > 0,
      length < value.endIndex - colon
    else { return nil }
    return String(decoding: value[(colon + 1)...].prefix(length), as: UTF8.self)
  }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.compactMap { place in
      guard let id = id(in: try template.tree.file(place.path)?.bytes ?? []) else { return nil }
      let bytes = Array(id.utf8)
      return UniqueValue(place.path, bytes, shown: UniqueValue.fingerprint(bytes), place: nil)
    }
  }
}
