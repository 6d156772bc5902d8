extension CloudView {
  /// Asks for all that the claims about a node are made from.
  ///
  /// - Throws: ``CloudFailure``.
  public init(of node: CloudExpectation, from session: CloudSession) throws {
    let nova = Nova(session: session)
    let hypervisors = try nova.hypervisors()
    let services = try node.names.flatMap { try nova.services(host: $0) }
    let placement = Placement(session: session)
    var providers = try node.names.flatMap { try placement.providers(name: $0) }
    // Under another name, perhaps: the clone of a compute id.
    for hypervisor in hypervisors where node.isNamed(hypervisor) {
      let known = Set(providers.map(\.uuid))
      providers += try placement.providers(uuid: hypervisor.id).filter { !known.contains($0.uuid) }
    }
    self.init(hypervisors: hypervisors, services: services, providers: providers)
  }
}
