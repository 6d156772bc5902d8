/// What a canary is made of, and where it starts: what the operator names, and else the least there is.
struct CanaryChoice: Sendable, Equatable {
  let flavor: Flavor
  let image: Image
  /// Where it starts: a node from which it can be migrated to this one.
  let peer: CloudView.ComputeService

  init(
    _ wanted: CanaryWish, for node: CloudExpectation, _ flavors: [Flavor], _ images: [Image],
    _ peers: [CloudView.ComputeService]
  ) throws(CloudFailure) {
    flavor = try Self.find(
      wanted.flavor, flavors.sorted { ($0.megabytes, $0.gigabytes, $0.id) < ($1.megabytes, $1.gigabytes, $1.id) },
      "flavor",
      "--flavor"
    ) { [$0.id, $0.name] }
    image = try Self.find(wanted.image, images.sorted { ($0.bytes, $0.id) < ($1.bytes, $1.id) }, "image", "--image") {
      [$0.id, $0.name]
    }
    let well = peers.filter { $0.state == "up" && $0.status == "enabled" && !node.names.contains($0.host) }
    peer = try Self.find(
      wanted.peer, well.sorted { $0.host < $1.host }, "compute node besides this one that is up and enabled", "--peer"
    ) { [$0.host] }
  }

  private static func find<Thing>(
    _ wanted: String?, _ all: [Thing], _ what: String, _ option: String, names: (Thing) -> [String]
  ) throws(CloudFailure) -> Thing {
    guard let first = all.first else { throw CloudFailure(.absent, "the cloud has no \(what), which a canary takes") }
    guard let wanted else { return first }
    guard let found = all.first(where: { names($0).contains(wanted) }) else {
      let known = all.prefix(8).compactMap { names($0).last?.printable }.joined(separator: ", ")
      throw CloudFailure(
        .absent, "the cloud has no \(what) called \(wanted)", advice: "\(option) takes one of \(known)")
    }
    return found
  }
}

/// What the operator says of it.
public struct CanaryWish: Sendable, Equatable {
  public var flavor: String?
  public var image: String?
  public var peer: String?

  public init(flavor: String? = nil, image: String? = nil, peer: String? = nil) {
    self.flavor = flavor
    self.image = image
    self.peer = peer
  }
}
