internal import JSON
internal import Metadata
internal import Site

/// What metadata says of a machine's identity, from wherever it was read.
enum MetadataClaims {
  /// The property with which a person says the node to imprint: `openstack server create --property imprint-node=compute2`.
  static let property = "imprint-node"
  /// The key in vendor data under which an operator does.
  static let vendorKey = "imprint"
  /// The first line of user data that is a site file: to TOML a comment.
  static let siteMark = Array("#imprint-site".utf8)

  static func report(_ metadata: Metadata, isCopied: Bool) -> SourceReport {
    var claims: [IdentityClaim] = []
    var failures = metadata.problems.map { "\(metadata.place): \($0)" }
    func claim(_ name: String?, _ place: String, isExplicit: Bool = true, site: [UInt8]? = nil) {
      claims.append(
        IdentityClaim(metadata.place, name: name, place: place, isExplicit: isExplicit, isCopied: isCopied, site: site))
    }
    if let machine = metadata.metaData {
      if let name = machine[property: property] { claim(name, "its property \(property)") }
      if let hostname = machine.hostname ?? machine.name, !hostname.isEmpty {
        // It is shown on the console of a machine that is held back.
        let shown = hostname.prefix(255).filter { $0.isASCII && $0 > " " && $0 != "\u{7F}" }
        claim(String(hostname.prefix { $0 != "." }), "its hostname \(shown)", isExplicit: false)
      }
    }
    do throws(JSONError) {
      for vendor in [metadata.vendorData, metadata.vendorData2] {
        guard let vendor else { continue }
        for said in try said(vendor) { claim(said.name, "its \(vendor.document)", site: said.site) }
      }
    } catch {
      failures.append("\(metadata.place): \(error)")
    }
    do throws(MetadataError) {
      if let content = try metadata.userData?.content(), content.starts(with: siteMark) {
        claim(nil, "its user_data", site: content)
      }
    } catch {
      failures.append("\(metadata.place): \(error)")
    }
    if let network = metadata.networkData, !claims.isEmpty { claims[0].network = network }
    guard failures.isEmpty else { return .failed(failures.joined(separator: "; ")) }
    return claims.isEmpty ? .silent : .says(claims)
  }

  /// `{"imprint": {"node": …, "site": …}}`, at the top, or one below it as vendor_data2.json has its providers.
  private static func said(_ vendor: JSONNode) throws(JSONError) -> [(name: String?, site: [UInt8]?)] {
    guard case .object = vendor.value else { return [] }
    var found: [JSONNode] = []
    for (key, value) in try vendor.members() {
      if key == vendorKey { found.append(value) }
      if case .object = value.value, key != vendorKey, let inner = try value.optional(vendorKey) { found.append(inner) }
    }
    var said: [(String?, [UInt8]?)] = []
    for node in found {
      let name = try node.optional("node")?.string()
      let site = try node.optional("site")?.string()
      if name != nil || site != nil { said.append((name, site.map { SaidText.plain(Array($0.utf8)) })) }
    }
    return said
  }
}
