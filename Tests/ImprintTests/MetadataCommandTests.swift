import Foundation
import Support
import Testing

@Suite("imprint metadata")
struct MetadataCommandTests {
  @Test func `shows what people want to know, and no secret`() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch, userData: Array("#!/bin/sh\necho geheim-3\n".utf8))
    let image = try await tree.image(.rockRidgeAndJoliet)
    let shown = try await Imprint.run(["metadata", "--drive", image]).succeeded("metadata")
    #expect(
      shown.output == """
        the config image \(image) (ISO 9660)  version 2033-03-03, the newest of 11

          name         compute2
          hostname     compute2.novalocal
          uuid         83679162-1378-4288-a2d4-70e13ec132aa
          project      f7ac731cc11f40efbc03a9f9e1d1d21f
          zone         nova
          key          mykey  ssh-ed25519 root@controller
          property     role = compute
                       db_password = (not shown)
          device       nic  0000:00:03.0  00:0c:29:00:00:21  trusted
          network      192.168.10.21/24  gateway 192.168.10.2  10.0.0.0/8 by 192.168.10.3  mtu 1450  on card 00:0c:29:00:00:21
                       192.168.20.21/24  on card 00:0c:29:00:00:22
                       2001:db8::21/64  gateway 2001:db8::1  on card 00:0c:29:00:00:22
          dns          192.168.10.3
          user data    24 bytes: a script, which imprint never runs
          vendor data  cloud  in vendor_data.json
                       static  in vendor_data2.json

        """)
    let json = try await Imprint.run(["metadata", "--drive", image, "--format", "json"]).succeeded("metadata")
    #expect(json.output.contains(#""schema" : "imprint.metadata/1""#))
    #expect(json.output.contains(#""uuid" : "83679162-1378-4288-a2d4-70e13ec132aa""#))
    for text in [shown.output, json.output] { #expect(!text.contains("geheim")) }
  }

  @Test func `writes one document byte for byte, one property, the versions, and every path`() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch, userData: Array("\u{0}\u{1}\n\n".utf8))
    func said(_ arguments: String...) async throws -> String {
      try await Imprint.run(["metadata", "--drive", tree.root] + arguments).succeeded("metadata").output
    }
    #expect(try await said("user_data") == "\u{0}\u{1}\n\n")
    let document = try String(contentsOfFile: "\(tree.root)/openstack/2013-04-04/meta_data.json", encoding: .utf8)
    #expect(try await said("meta_data.json", "--version", "2013-04-04") == document)
    #expect(try await said("openstack/2013-04-04/meta_data.json") == document)
    #expect(try await said("openstack/content/0000") == "127.0.0.1 localhost\n")
    #expect(try await said("--property", "role") == "compute\n")
    #expect(try await said("--property", "db_password") == "geheim-1\n", "what is asked for by its name is answered")
    let versions = try await said("--versions")
    #expect(versions.hasPrefix("2012-08-10  Folsom\n2013-04-04  Grizzly\n"))
    #expect(versions.hasSuffix("2025-04-04  Epoxy\n2033-03-03\nlatest\n"))
    #expect(try await said("--tree").contains("\nopenstack/latest/network_data.json\n"))
    #expect(try await said("openstack").contains("2012-08-10/\n"))
  }

  @Test func `says with its exit status what is wrong`() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    func outcome(_ arguments: String...) async throws -> RealProgram.Outcome {
      try await Imprint.run(["metadata", "--drive", tree.root] + arguments)
    }
    #expect(try await outcome("absent.json").status == 69)
    #expect(try await outcome("--property", "absent").status == 69)
    #expect(try await outcome("--version", "1999-01-01").status == 65)
    #expect(try await outcome("--compare", "--tree").status == 64)
    #expect(try await Imprint.run(["metadata", "--drive", "/nonexistent"]).status == 69)
    #expect(try await Imprint.run(["metadata", "--source", "service", "--service", "ftp://x"]).status == 64)
    try scratch.write("{\"uuid\": 1}", to: "metadata/openstack/2033-03-03/meta_data.json")
    let broken = try await outcome()
    #expect(broken.status == 65)
    #expect(broken.output.contains("! meta_data.json: uuid is a whole number, not a text"))
    #expect(broken.output.contains("192.168.10.21/24"), "the others are read")
  }

  @Test func `what comes from outside does not reach the terminal as commands`() async throws {
    let tree = try MetadataTree(in: Scratch(), hostname: "a\\u001b]0;owned\\u0007\\u202eb")
    let shown = try await Imprint.run(["metadata", "--drive", tree.root]).succeeded("metadata")
    #expect(shown.output.contains("hostname     a·]0;owned··b\n"))
  }

  @Test func `compares the service with the drive`() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    let renamed = try MetadataTree(
      in: scratch, name: "renamed", hostname: "compute9.novalocal", property: #""admin_token": "geheim-4""#)
    let server = try await LoopbackServer("MetadataTests/Servers/service.py", [tree.root], in: scratch)
    let same = try await Imprint.run(["metadata", "--compare", "--service", server.url(""), "--drive", tree.root])
    #expect(same.status == 0, "\(same.said)")
    #expect(same.output.contains("they agree: "))
    let arguments = ["metadata", "--compare", "--service", server.url(""), "--drive", renamed.root]
    let differing = try await Imprint.run(arguments)
    #expect(differing.status == 2)
    #expect(
      differing.output.contains(
        """
        meta_data.json
          hostname
            service  compute2.novalocal
            drive    compute9.novalocal
          meta.admin_token
            service  does not have it
            drive    (not shown)
        """), "\(differing.output)")
    let json = try await Imprint.run(arguments + ["--format", "json"])
    #expect(json.output.contains(#""drive" : "compute9.novalocal""#))
    #expect(!json.output.contains("geheim"))
  }

  @Test(.enabled(if: LabNode.isRoot))
  func `without a library for it, what to install is said`() async throws {
    let scratch = try Scratch()
    let empty = try scratch.write("", to: "empty")
    let script = """
      set -e
      for library in /usr/lib/*/libcurl.so.4 /usr/lib/*/libcurl-gnutls.so.4 /usr/lib/*/libjansson.so.4; do
        if [ -e "$library" ]; then mount --bind "$1" "$(readlink -f "$library")"; fi
      done
      shift
      exec "$@"
      """
    func without(_ arguments: String...) async throws -> RealProgram.Outcome {
      try await RealProgram.needed("unshare").run(
        ["--mount", "--propagation", "private", "sh", "-c", script, "sh", empty, Imprint.program.path] + arguments)
    }
    let service = try await without("metadata", "--service", "http://127.0.0.1:1")
    #expect(service.status == 69)
    #expect(service.error.contains("there is no libcurl here (Debian: apt install libcurl4"), "\(service.said)")
    let tree = try MetadataTree(in: scratch)
    let drive = try await without("metadata", "--drive", tree.root)
    #expect(
      drive.output.contains("there is no libjansson here to read it (Debian: apt install libjansson4)"), "\(drive.said)"
    )
    #expect(try await without("metadata", "--drive", tree.root, "openstack/content/0000").status == 0)
    #expect(try await without("--version").status == 0)
  }
}
