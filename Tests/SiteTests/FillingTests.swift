import Site
import Testing

@Suite("Addresses that the site leaves to the cloud")
struct FillingTests {
  static func fill(_ text: String, _ name: String, _ address: String) throws -> String? {
    try fill(text, name, [.management: ToldNetwork(addresses: [try IPAddress(address)])])
  }

  static func fill(_ text: String, _ name: String, _ told: PerNetwork<ToldNetwork>) throws -> String? {
    try Site.filling(Array(text.utf8), NodeName(name), with: told, by: "the drive", file: "site.toml").map {
      String(decoding: $0.bytes, as: UTF8.self)
    }
  }

  static let text = """
    # the cloud's: ä
    [networks.management]
    subnet = "192.168.10.0/24"
    [nodes.a]
    role = "compute"
    match = { serial = "äB5Q" }
    addresses = 'from-metadata' # told
    [nodes.b]
    addresses = { management = "192.168.10.5" }
    role = "compute"
    [nodes.c]
    addresses = "from-metadata"
    role = "compute"
    """

  @Test("take the place of the word, and nothing else changes") func fills() throws {
    let text = Self.text
    #expect(
      try Self.fill(text, "a", "192.168.10.9")
        == text.replacing("'from-metadata' # told", with: #"{ management = "192.168.10.9" } # told"#))
    #expect(
      try Self.fill(text, "c", "192.168.10.9")
        == text.replacing("addresses = \"from-metadata\"", with: #"addresses = { management = "192.168.10.9" }"#))
    #expect(try Self.fill(text, "b", "192.168.10.9") == nil, "it has its own")
  }

  @Test("are checked as written ones are", arguments: ["192.168.10.5", "192.168.11.9", "192.168.10.255"])
  func checked(_ address: String) throws {
    let text = Self.text
    #expect(throws: SiteProblems.self) { try Self.fill(text, "a", address) }
  }

  @Test("an asset tag that many machines have is refused", arguments: ["No Asset Tag", "Default string", " "])
  func tags(_ tag: String) {
    let text = """
      [networks.management]
      subnet = "192.168.10.0/24"
      [nodes.a]
      role = "compute"
      addresses = { management = "192.168.10.5" }
      match = { asset-tag = "\(tag)" }
      """
    #expect(throws: SiteProblems.self) { try Site.parse(Array(text.utf8), file: "site.toml") }
  }
}
