import Foundation
import Support
import Testing

@testable import Metadata

@Suite("The config drive")
struct DriveTests {
  static func code(_ body: () throws -> Void) -> MetadataError.Code? {
    do { try body() } catch { return (error as? MetadataError)?.code }
    return nil
  }

  @Test("has the same files, whatever it is made of", arguments: MetadataTree.Image.allCases)
  func images(_ kind: MetadataTree.Image) async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch, userData: Array("x".utf8))
    let directory = try ConfigDrive(tree.root)
    let drive = try ConfigDrive(try await tree.image(kind))
    let files = try directory.files()
    #expect(files.count > 50)
    #expect(try drive.files() == files)
    for file in files { #expect(try drive.bytes(file) == directory.bytes(file), "\(file)") }
    #expect(try drive.versions().map(\.name) == MetadataTree.versions + ["latest"])
    #expect(try drive.newestVersion().name == "2033-03-03", "a version that nobody heard of yet")
    #expect(try drive.bytes("openstack/latest/absent") == nil)
    #expect(try drive.entries("openstack/latest/meta_data.json") == nil || drive.entries("absent") == nil)
  }

  @Test("without Rock Ridge and Joliet has names in capitals, and is read all the same") func plainNames() async throws
  {
    let scratch = try Scratch()
    try scratch.write(#"{"uuid": "x", "name": "compute2"}"#, to: "plain/openstack/latest/meta_data.json")
    let image = "\(scratch.path)/plain.iso"
    try await RealProgram.needed("genisoimage").run([
      "-quiet", "-V", "config-2", "-l", "-o", image, "\(scratch.path)/plain",
    ])
    .succeeded("genisoimage")
    #expect(try Metadata(from: ConfigDrive(image)).metaData?.name == "compute2")
  }

  @Test("with names as long as Rock Ridge has them, and a deep tree") func longNames() async throws {
    let scratch = try Scratch()
    let name = String(repeating: "n", count: 200)
    try scratch.write("deep", to: "long/openstack/content/a/b/c/d/e/f/g/h/\(name)")
    let image = "\(scratch.path)/long.iso"
    try await RealProgram.needed("genisoimage").run([
      "-quiet", "-R", "-V", "config-2", "-o", image, "\(scratch.path)/long",
    ])
    .succeeded("genisoimage")
    #expect(try ConfigDrive(image).bytes("openstack/content/a/b/c/d/e/f/g/h/\(name)") == Array("deep".utf8))
  }

  @Test("leads nowhere else: no link is followed, no path goes up") func confined() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    try scratch.write("geheim", to: "secret")
    for (name, target) in [("link", "../../secret"), ("absolute", "\(scratch.path)/secret")] {
      try FileManager.default.createSymbolicLink(atPath: "\(tree.root)/openstack/\(name)", withDestinationPath: target)
    }
    try FileManager.default.createSymbolicLink(atPath: "\(tree.root)/up", withDestinationPath: "..")
    for kind in [nil, MetadataTree.Image.rockRidge] {
      let drive = if let kind { try ConfigDrive(await tree.image(kind)) } else { try ConfigDrive(tree.root) }
      for path in [
        "openstack/link", "openstack/absolute", "up/secret", "../secret", "openstack/../../secret", "/../secret",
      ] {
        #expect(try drive.bytes(path) == nil, "\(path)")
      }
    }
  }

  @Test("has no name that a terminal would obey") func plainEntries() throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    try scratch.write("x", to: "metadata/openstack/\u{1B}]0;owned\u{07}/meta_data.json")
    try scratch.write("x", to: "metadata/openstack/content/\u{9B}2J")
    let drive = try ConfigDrive(tree.root)
    #expect(try drive.versions().map(\.name) == MetadataTree.versions + ["latest"])
    #expect(try drive.entries("openstack/content")?.map(\.name) == ["0000"])
  }

  @Test("says what is wrong with it") func broken() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    #expect(Self.code { _ = try ConfigDrive("\(scratch.path)/absent") } == .absent)
    try scratch.write("no image", to: "text")
    #expect(Self.code { _ = try ConfigDrive("\(scratch.path)/text") } == .invalid)
    #expect(Self.code { _ = try ConfigDrive("/dev/null") } == .invalid)
    for kind in [MetadataTree.Image.rockRidge, .vfat] {
      let image = try await tree.image(kind)
      let handle = try #require(FileHandle(forWritingAtPath: image))
      try handle.truncate(atOffset: 40_000)
      try handle.close()
      let code = Self.code {
        let drive = try ConfigDrive(image)
        for path in try drive.files() { _ = try drive.bytes(path) }
        throw MetadataError(.absent, "nothing was noticed")
      }
      #expect(code == .invalid || code == .unavailable, "\(kind): \(String(describing: code))")
    }
  }

  @Test("is found by its label among the block devices, as blkid finds it") func found() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    let devices = [
      ("sr0", try await tree.image(.rockRidgeAndJoliet)), ("vdb", try await tree.image(.vfatInCapitals)),
      ("vdc1", try await tree.image(.rockRidge, label: "config-1")), ("vdd", try scratch.write("x", to: "text")),
      ("loop3", try await tree.image(.vfat)),
    ]
    for (name, image) in devices {
      try scratch.write("131072\n", to: "machine/sys/class/block/\(name)/size")
      try FileManager.default.createDirectory(atPath: "\(scratch.path)/machine/dev", withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: image, toPath: "\(scratch.path)/machine/dev/\(name)")
      guard let blkid = RealProgram.find("blkid"), name != "vdd" else { continue }
      let label = try await blkid.run(["-p", "-o", "value", "-s", "LABEL", image]).succeeded("blkid").output
      let type = try await blkid.run(["-p", "-o", "value", "-s", "TYPE", image]).succeeded("blkid").output
      let superblock = try #require(DriveSearch.superblock(of: image))
      #expect(superblock.label + "\n" == label)
      #expect(superblock.fileSystem.rawValue + "\n" == type)
    }
    try scratch.write("0\n", to: "machine/sys/class/block/sr1/size")
    try scratch.write("20\n", to: "machine/sys/class/block/sr2/size")
    let found = DriveSearch.devices(root: "\(scratch.path)/machine")
    #expect(found.map { $0.path.dropFirst(scratch.path.count) } == ["/machine/dev/sr0", "/machine/dev/vdb"])
    let error = try #require(throws: MetadataError.self) { try ConfigDrive.find(root: "\(scratch.path)/machine") }
    #expect(error.description.contains("there are 2 config drives"))
    #expect(error.description.contains("name one with --drive"))
    try FileManager.default.removeItem(atPath: "\(scratch.path)/machine/dev/vdb")
    #expect(try Metadata(from: ConfigDrive.find(root: "\(scratch.path)/machine")).metaData?.uuid == MetadataTree.uuid)
  }

  @Test("that goes away while it is read is an error and not a short document") func vanishes() async throws {
    let scratch = try Scratch()
    let tree = try MetadataTree(in: scratch)
    let image = try await tree.image(.vfat)
    let drive = try ConfigDrive(image)
    try FileManager.default.removeItem(atPath: image)
    #expect(Self.code { _ = try drive.bytes("openstack/latest/meta_data.json") } == .invalid)
  }
}
