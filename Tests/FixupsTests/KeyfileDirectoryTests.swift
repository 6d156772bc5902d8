import Site
import Testing
import Tree

@testable import Fixups

/// NetworkManager's connections where its own settings say that they are.
@Suite("[keyfile] path= of NetworkManager")
struct KeyfileDirectoryTests {
  static let other = "/etc/NetworkManager/other"
  static let settings = "/etc/NetworkManager/conf.d/path.conf"
  static let said = "[main]\nplugins=keyfile\n[keyfile]\npath = \(other)/ \n"

  @Test("connections are read, edited and made there, and those that nobody reads are told") func elsewhere() throws {
    let (path, usual) = ("\(Self.other)/ens33.nmconnection", "\(BackendTests.connections)/ens33.nmconnection")
    let text = BackendTests.connection("ens33", "192.168.10.20/24,192.168.10.2")
    let run = try BackendTests.settle([Self.settings: Self.said, path: text, usual: text], profile: "el9-rdo")
    #expect(run.after[path]?.contains("address1=192.168.10.21/24,192.168.10.2\n") == true)
    #expect(run.after["\(Self.other)/ens34.nmconnection"]?.contains("address1=192.168.20.21/24\n") == true)
    #expect(run.after[usual] == text)
    #expect(run.findings.map(\.text).filter { $0.hasPrefix("\(usual) mentions 192.168.10.20") }.count == 1)
    #expect(try ConfiguredInterface.directories(in: run.after).networkManager?.description == Self.other)
  }

  @Test("of several settings the last in NetworkManager's order counts") func order() throws {
    let main = "/etc/NetworkManager/NetworkManager.conf"
    let (package, boot) = ("/usr/lib/NetworkManager/conf.d", "/run/NetworkManager/conf.d")
    let own = "/etc/NetworkManager/conf.d"
    func path(_ files: [String: String]) throws -> String? {
      var tree = MemoryTree(files.mapValues { "[keyfile]\npath=\($0)\n" })
      for name in ["a", "b", "c"] { tree.makeDirectory("/srv/\(name)") }
      return try KeyfileDirectory(in: tree).path?.description
    }
    #expect(try path([:]) == "/etc/NetworkManager/system-connections")
    #expect(try path(["\(package)/99.conf": "/srv/a", main: "/srv/b"]) == "/srv/b")
    #expect(try path(["\(boot)/99.conf": "/srv/a", "\(package)/99.conf": "/srv/b"]) == "/srv/a")
    #expect(try path(["\(package)/99.conf": "/srv/a", "\(boot)/1.conf": "/srv/b"]) == "/srv/b")
    #expect(try path([main: "/srv/b", "\(own)/1.conf": "/srv/c", "\(own)/0.conf": "/srv/a"]) == "/srv/c")
    // One of the same name is not read at all.
    #expect(
      try path(["\(own)/1.conf": "relative", "\(boot)/1.conf": "/srv/a"]) == "/etc/NetworkManager/system-connections")
    #expect(try path([main: "/srv/a", "\(own)/1.conf.rpmnew": "/srv/b"]) == "/srv/a")
    #expect(try path([main: "/srv/a\n[.config]\nenable=false"]) == "/srv/a")
    #expect(try path([main: "/srv/a", "\(own)/1.conf": "/srv/b\n[.config]\nenable=false"]) == "/srv/a")
    #expect(try path([main: ""]) == nil && path([main: "/srv/d"]) == nil && path([main: "/run/x"]) == nil)
  }

  @Test(
    "a new connection that would not last is refused with the line",
    arguments: [("", "empty"), ("/run/nm", "/run/nm"), ("/srv/nm", "/srv/nm")])
  func refused(_ value: String, _ shown: String) throws {
    let error = try #require(throws: FixupError.self) {
      try BackendTests.settle([Self.settings: "[keyfile]\npath=\(value)\n"], profile: "el10-rdo")
    }
    #expect(error.description.hasPrefix("\(Self.settings):2: path= of [keyfile] is \(shown), no directory"), "\(error)")
  }

  @Test("a tunnel's key is found there") func wireguard() throws {
    let key = "YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    let tree = MemoryTree([
      Self.settings: Self.said, "\(Self.other)/wg0": "[wireguard]\nprivate-key=\(key)\n",
    ])
    let thing = try #require(UniqueThings.table.first { $0.key == "wireguard" })
    let template = Template(tree: tree, platform: try #require(Platform.named("el10-rdo")))
    #expect(try thing.values(in: template).map(\.path.description) == ["\(Self.other)/wg0"])
    #expect(try thing.places(in: template).map(\.path.description) == ["\(Self.other)/wg0"])
  }
}
