/// Services in containers on whatever the host is: a profile that says `over = "host"`. Units, network and the machine's own identity
/// are the host's profile's; nova's and neutron's files are where the containers take them from when they start.
public struct ContainerPlatform: Sendable, Equatable {
  public var name: String
  /// For people: "kolla".
  public var title: String
  /// A tree that has this file runs its services so.
  public var marker: AbsolutePath
  public var nova: Platform.Nova
  public var neutron: [Platform.NeutronAgent]
  /// Those that start the containers.
  public var units: [Platform.Unit]
}

extension Platform {
  /// The same host with its services in containers.
  public func running(_ services: ContainerPlatform) -> Platform {
    var result = self
    result.title += ", services in \(services.title)'s containers"
    result.containers = services.title
    let own = Set([nova.unit] + neutron.map(\.unit) + services.units.map(\.name))
    result.units = units.filter { !own.contains($0.name) } + services.units
    (result.nova, result.neutron) = (services.nova, services.neutron)
    return result.readingOwnConfiguration()
  }
}
