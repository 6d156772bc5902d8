import Site
import Testing
import Tree

@testable import Fixups

@Suite("Agents that report to others, and keys of tunnels")
struct WatcherTests {
  private func template(_ tree: MemoryTree) throws -> Template { Template(tree: tree, platform: try Lab.platform()) }

  private func propose(_ tree: MemoryTree, _ provenance: Provenance = Clone.copied) throws -> Proposal {
    try MachineIdentity().propose(for: Clone.situation(tree, provenance))
  }

  @Test(
    "what its program makes anew goes in a copy and in a template",
    arguments: [
      "/opt/splunkforwarder/etc/instance.cfg", "/etc/qualys/hostid", "/opt/nomad/data/client/client-id",
      "/var/lib/nomad/client/secret-id", "/var/lib/netdata/registry/netdata.public.unique.id",
    ])
  func removed(_ path: String) throws {
    var tree = Clone.plain
    tree.write(path, "6a1f4c0e")
    #expect(try Clone.settle(MachineIdentity(), tree).proposal.removed == [path])
    #expect(try propose(tree, Clone.own).removed.isEmpty)
    #expect(try Sealing.propose(for: template(tree)).removed.contains(path))
    #expect(
      try UniqueThings.table.flatMap { try $0.values(in: template(tree)) }.contains { $0.path.description == path })
  }

  @Test(
    "an enrolment is told in a copy, and goes with a seal",
    arguments: [
      ("/etc/tenable_tag", "6a1f4c0e"), ("/opt/nessus_agent/var/nessus/uuid", "6a1f4c0e"),
      ("/var/ossec/etc/client.keys", "001 compute any 8a1f\n"),
      (
        "/var/lib/cmk-agent/registered_connections.json",
        "{\"push\":{\"s/x\":{\"uuid\":\"6a1f\",\"private_key\":\"k\"}}}"
      ),
      (
        "/opt/checkmk/agent/default/runtime/controller/registered_connections.json",
        "{\"pull\":{\"s\":{\"uuid\":\"6a1f\"}}}"
      ),
      ("/var/lib/landscape/client/broker.bpickle", "du12:registrationdu11:insecure-idi7;u9:secure-idu4:abcd;;"),
      ("/var/lib/zerotier-one/identity.secret", "a:0:b:c"), ("/opt/Elastic/Agent/fleet.enc", "\u{1}"),
      ("/var/lib/juju/agents/machine-3/agent.conf", "# format 2.0\ntag: machine-3\nnonce: machine-0:7e8c\n"),
      ("/etc/os-collect-config.conf", "[cfn]\nmetadata_url = http://192.168.10.10:8000/v1/\npath = c.Metadata\n"),
      ("/etc/kubernetes/kubelet.conf", "client-key-data: x\n"), ("/var/lib/kubelet/pki/kubelet-client-1.pem", "k"),
    ])
  func told(_ path: String, _ text: String) throws {
    var tree = Clone.plain
    tree.write(path, text)
    let proposal = try propose(tree)
    #expect(proposal.removed.isEmpty && proposal.warns("with the original (\(path))"))
    #expect(try !propose(tree, Clone.own).warns(path))
    #expect(try Sealing.propose(for: template(tree)).removed.contains(path))
    #expect(
      try UniqueThings.table.flatMap { try $0.values(in: template(tree)) }.contains { $0.path.description == path })
  }

  @Test(
    "what has no enrolment, or is a server's own list, is nobody's",
    arguments: [
      ("/var/ossec/etc/client.keys", ""), ("/var/ossec/etc/client.keys", "001 compute any 8a1f\n002 compute2 any 9b\n"),
      ("/var/lib/cmk-agent/registered_connections.json", "{\"push\":{},\"pull\":{},\"pull_imported\":[]}"),
      ("/var/lib/landscape/client/broker.bpickle", "du12:registrationdu11:insecure-idi7;u9:secure-idn;;"),
      ("/opt/CrowdStrike/falconstore", ""), ("/etc/os-collect-config.conf", "[DEFAULT]\ncommand = os-refresh-config\n"),
      ("/etc/cloud/cloud.cfg.d/05_logging.cfg", "reporting:\n"), ("/etc/platform/platform.conf", "nodetype=worker\n"),
      ("/var/lib/ipsec/nss/key4.db", "SQLite format 3"),
    ])
  func silent(_ path: String, _ text: String) throws {
    var tree = Clone.plain
    tree.write(path, text)
    #expect(try !propose(tree).findings.contains { $0.text.contains(path) })
    #expect(try Sealing.propose(for: template(tree)).change(path) == nil)
  }

  @Test(
    "a member of a cluster, and what stands among other settings, is told and stays",
    arguments: [
      (
        "/etc/cloud/cloud.cfg.d/90_dpkg_maas.cfg",
        "datasource:\n  MAAS: {consumer_key: a, token_key: b, token_secret: c}\n"
      ),
      ("/etc/platform/platform.conf", "nodetype=worker\nUUID=6a1f4c0e-7d0b-4d8e-9a5c-1b2c3d4e5f60\n"),
      ("/var/lib/ceph/osd/ceph-3/keyring", "[osd.3]\n"), ("/var/lib/ceph/6a1f/osd.3/keyring", "[osd.3]\n"),
    ])
  func members(_ path: String, _ text: String) throws {
    var tree = Clone.plain
    tree.write(path, text)
    #expect(try propose(tree).warns("with the original (\(path))") && propose(tree).removed.isEmpty)
    #expect(try !propose(tree, Clone.own).warns(path))
    let sealed = try Sealing.propose(for: template(tree))
    #expect(sealed.warns(path) && sealed.change(path) == nil)
    #expect(
      try UniqueThings.table.flatMap { try $0.values(in: template(tree)) }.contains { $0.path.description == path })
  }

  @Test("Juju's agents are compared by what the controller knows them by") func juju() throws {
    let thing = try #require(UniqueThings.table.first { $0.key == "juju" })
    func value(_ text: String) throws -> UniqueValue? {
      var tree = Clone.plain
      tree.write("/var/lib/juju/agents/machine-3/agent.conf", text)
      return try thing.values(in: template(tree)).first
    }
    let one = try #require(try value("tag: machine-3\nmodel: model-6a\nnonce: machine-0:7e\nstatepassword: a\n"))
    #expect(
      try value("tag: machine-3\nmodel: model-6a\nnonce: machine-0:7e\nstatepassword: b\n").map(one.isTwin) == true)
    #expect(try value("tag: machine-4\nmodel: model-6a\nnonce: machine-0:7f\n").map(one.isTwin) == false)
    #expect(try value("tag: machine-3\nmodel: model-6b\nnonce: machine-0:7e\n").map(one.isTwin) == false)
  }

  @Test("CrowdStrike's store, which has more than an id, is told and stays") func crowdStrike() throws {
    let path = "/opt/CrowdStrike/falconstore"
    var tree = Clone.plain
    tree.write(path, "aid")
    #expect(try propose(tree).warns(path) && propose(tree).removed.isEmpty)
    let sealed = try Sealing.propose(for: template(tree))
    #expect(sealed.warns(path) && sealed.change(path) == nil)
    #expect(sealed.findings.contains { $0.advice?.contains("falconctl -d -f --aid") == true })
  }

  @Test("Landscape's id is compared, and not what else changes in its file") func landscape() throws {
    let thing = try #require(UniqueThings.table.first { $0.key == "landscape" })
    func value(_ text: String) throws -> UniqueValue? {
      var tree = Clone.plain
      tree.write("/var/lib/landscape/client/broker.bpickle", text)
      return try thing.values(in: template(tree)).first
    }
    let one = try #require(try value("du9:secure-idu4:abcd;"))
    #expect(try value("du4:sentu1:7u9:secure-ids4:abcd;").map(one.isTwin) == true)
    #expect(try value("du9:secure-idu4:abce;").map(one.isTwin) == false)
    #expect(try value("du9:secure-idu99:abcd;") == nil && !one.shown.contains("abcd"))
  }

  @Test("IPsec's private keys are told and stay, libreswan's where a connection has one") func tunnels() throws {
    let database = "/var/lib/ipsec/nss/key4.db"
    var tree = Clone.plain
    tree.write("/etc/ipsec.conf", "conn a\n\tleft=192.168.20.20\n\tauthby=secret\n")
    tree.write(database, "x")
    #expect(try !propose(tree).warns("IPsec's"))
    tree.write("/etc/ipsec.d/b.conf", "conn b\n\tleftcert=compute\n")
    #expect(try propose(tree).warns("this copy shares IPsec's private keys with the original (\(database))"))
    tree.write("/etc/swanctl/private/k.pem", "k", mode: 0o600)
    tree.write("/etc/strongswan/ipsec.d/private/k.der", "k", mode: 0o600)
    #expect(try propose(tree).warns("(/etc/swanctl/private/k.pem and 2 more)"))
    let sealed = try Sealing.propose(for: template(tree))
    #expect(sealed.notes("stays in the template: IPsec's private keys") && sealed.change(database) == nil)
    let thing = try #require(UniqueThings.table.first { $0.key == "ipsec" })
    #expect(try thing.values(in: template(tree)).count == 3)
  }
}
