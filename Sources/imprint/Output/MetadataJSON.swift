internal import Metadata
internal import Site

extension JSON {
  struct VersionOut: Encodable {
    let name: String
    let release: String?
    init(_ version: MetadataVersion) { (name, release) = (version.name, version.release) }
  }

  struct VersionsOut: Encodable {
    let schema = "imprint.metadata-versions/1"
    let place: String
    let source: String
    let versions: [VersionOut]
    init(_ place: any MetadataPlace, _ versions: [MetadataVersion]) {
      self.place = place.title
      source = place.kind.rawValue
      self.versions = versions.map(VersionOut.init)
    }
  }

  struct MetadataOut: Encodable {
    let schema = "imprint.metadata/1"
    let place: String
    let source: String
    let version: String
    let versions: [VersionOut]
    let name: String?
    let hostname: String?
    let uuid: String?
    let project: String?
    let zone: String?
    let launchIndex: Int?
    let keys: [KeyOut]
    let properties: [String: String]
    let networks: [NetworkOut]
    let dns: [String]
    let userData: String?
    let vendorData: [String]
    let problems: [String]

    init(_ metadata: Metadata) {
      place = metadata.place
      source = metadata.kind.rawValue
      version = metadata.version.name
      versions = metadata.versions.map(VersionOut.init)
      let machine = metadata.metaData
      name = machine?.name
      hostname = machine?.hostname
      uuid = machine?.uuid
      project = machine?.project
      zone = machine?.zone
      launchIndex = machine?.launchIndex
      keys = machine?.keys.map(KeyOut.init) ?? []
      properties = Dictionary(
        machine?.properties.map { ($0.name, MetadataSecrets.isSecret($0.name) ? MetadataSecrets.mask : $0.value) }
          ?? [],
        uniquingKeysWith: { first, _ in first })
      networks = metadata.networkData?.placements.map(NetworkOut.init) ?? []
      dns = metadata.networkData?.dns.map(\.description) ?? []
      userData = metadata.userData?.summary
      vendorData = metadata.vendorKeys.flatMap(\.keys)
      problems = metadata.problems
    }
  }

  struct KeyOut: Encodable {
    let name: String
    let key: String
    init(_ key: MetaData.Key) { (name, self.key) = (key.name, key.key) }
  }

  struct NetworkOut: Encodable {
    let type: String
    let address: String?
    let prefix: Int?
    let gateways: [String]
    let dns: [String]
    let mtu: Int?
    let cards: [String]
    let vlans: [Int]
    let bond: Bool

    init(_ placement: NetworkPlacement) {
      type = placement.network.type
      address = placement.network.address?.description
      prefix = placement.network.prefix?.value
      gateways = placement.network.routes.filter(\.isDefault).compactMap { $0.gateway?.description }
      dns = placement.network.dns.map(\.description)
      mtu = placement.link.mtu
      cards = placement.cards.map(\.description)
      vlans = placement.vlans
      bond = placement.isBond
    }
  }

  struct ComparisonOut: Encodable {
    struct Side: Encodable {
      let place: String
      let version: String
      let problems: [String]
    }

    struct Field: Encodable {
      let document: String
      let path: String
      let service: String?
      let drive: String?
    }

    let schema = "imprint.metadata-comparison/1"
    let service: Side
    let drive: Side
    let differing: [Field]
    let same: Int

    init(_ comparison: MetadataComparison) {
      service = Side(comparison.first)
      drive = Side(comparison.second)
      differing = comparison.differing.map {
        Field(document: $0.document, path: $0.path, service: $0.first, drive: $0.second)
      }
      same = comparison.sameCount
    }
  }
}

extension JSON.ComparisonOut.Side {
  fileprivate init(_ metadata: Metadata) {
    self.init(place: metadata.place, version: metadata.version.name, problems: metadata.problems)
  }
}
