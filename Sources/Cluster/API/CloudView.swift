/// What the cloud says of one node, and of all others as far as they might be its twins.
public struct CloudView: Sendable, Equatable {
  /// A row of nova's list of hypervisors (GET /os-hypervisors/detail).
  public struct Hypervisor: Sendable, Hashable {
    /// A UUID since microversion 2.53: that of the compute node, and of its resource provider.
    public var id: String
    public var name: String
    public var hostIP: String
    public var state: String
    public var status: String
    /// CONF.host of the nova-compute that reports it.
    public var host: String

    public init(id: String, name: String, hostIP: String, state: String, status: String, host: String) {
      self.id = id
      self.name = name
      self.hostIP = hostIP
      self.state = state
      self.status = status
      self.host = host
    }
  }

  /// A row of GET /os-services.
  public struct ComputeService: Sendable, Hashable {
    public var host: String
    public var zone: String
    public var state: String
    public var status: String
    public var disabledReason: String?

    public init(host: String, zone: String, state: String, status: String, disabledReason: String? = nil) {
      self.host = host
      self.zone = zone
      self.state = state
      self.status = status
      self.disabledReason = disabledReason
    }
  }

  public struct ResourceProvider: Sendable, Hashable {
    public var uuid: String
    public var name: String
    /// Classes of which it has some: VCPU, MEMORY_MB, …
    public var inventories: [String]

    public init(uuid: String, name: String, inventories: [String]) {
      self.uuid = uuid
      self.name = name
      self.inventories = inventories
    }
  }

  /// All of the cloud.
  public var hypervisors: [Hypervisor]
  /// Those that bear one of the node's names.
  public var services: [ComputeService]
  /// Those that bear one of the node's names, or the id of one of its hypervisors.
  public var providers: [ResourceProvider]

  public init(hypervisors: [Hypervisor], services: [ComputeService], providers: [ResourceProvider]) {
    self.hypervisors = hypervisors
    self.services = services
    self.providers = providers
  }
}
