internal import Documents
internal import Site
internal import Tree

/// What interfaces have once ifup(8) has been through some files: of each stanza the options, and the commands in their order. One that
/// takes away leaves what comes later.
struct StanzaOutcome {
  struct Given {
    let interface: String
    let address: IPAddress
    let prefix: PrefixLength?
    /// nil: an option of its stanza does.
    let command: StanzaCommand?
  }

  struct Router {
    let gateway: IPAddress
    let interface: String
    let metric: String?
    let command: StanzaCommand?
  }

  private(set) var addresses: [Given] = []
  private(set) var routers: [Router] = []
  /// Commands that add what is there already, and make ifup(8) fail: "File exists"; or give it with another prefix.
  private(set) var repeated: [(command: StanzaCommand, given: Given)] = []
  private(set) var lostAddresses: [(given: Given, by: StanzaCommand)] = []
  private(set) var lostRouters: [(router: Router, by: StanzaCommand)] = []

  init(_ files: [(path: TreePath, document: InterfacesFile)]) {
    let order = files.flatMap(\.document.startedInterfaces)
    let stanzas = files.flatMap { path, document in
      // What is taken away in some case only is told.
      let commands = StanzaCommand.all(in: document, path).filter {
        $0.isUp && !$0.command.isAlternative && !($0.command.isConditional && $0.onlyTakes)
      }
      return document.stanzas.map { stanza in (stanza, commands.filter { $0.stanza == stanza }) }
    }
    guard stanzas.contains(where: { !$0.1.isEmpty }) else {
      for (stanza, _) in stanzas { add(stanza) }
      return
    }
    func place(_ name: String) -> Int { order.firstIndex(of: name) ?? order.endIndex }
    let started = stanzas.enumerated().sorted {
      (place($0.element.0.interface), $0.offset) < (place($1.element.0.interface), $1.offset)
    }.map(\.element)
    for (stanza, commands) in started {
      for command in commands where command.isBeforeAddress { run(command) }
      add(stanza)
      for command in commands where !command.isBeforeAddress { run(command) }
    }
  }

  func addresses(of interface: String) -> [Given] { addresses.filter { $0.interface == interface } }

  private mutating func add(_ stanza: InterfacesFile.Stanza) {
    // To `manual` these are no options (inet.defn of ifupdown).
    guard stanza.method != "manual" else { return }
    if let address = stanza.address.flatMap({ try? IPAddress($0.description) }) {
      let prefix = Int(IfupdownBackend.prefix(stanza)).flatMap { try? PrefixLength($0, address.family) }
      addresses.append(Given(interface: stanza.interface, address: address, prefix: prefix, command: nil))
    }
    for gateway in stanza.values("gateway").compactMap({ try? IPAddress($0) }) {
      routers.append(Router(gateway: gateway, interface: stanza.interface, metric: nil, command: nil))
    }
  }

  private mutating func run(_ command: StanzaCommand) {
    if let found = command.address {
      let interface = command.interface(found.device)
      let new = Given(interface: interface, address: found.address, prefix: found.prefix, command: command)
      if let there = addresses.first(where: { $0.interface == interface && $0.address == found.address }) {
        if command.fails || found.prefix != there.prefix { repeated.append((command, there)) }
      } else {
        if found.isReplacing,
          let first = addresses.first(where: { $0.interface == interface && $0.address.family == .v4 })
        {
          lose(command) { $0.interface == interface && $0.address == first.address }
        }
        addresses.append(new)
      }
    } else if let gone = command.addressGone {
      lose(command) { $0.interface == command.interface(gone.device) && $0.address == gone.address }
    } else if let gone = command.flushed {
      lose(command) { given in
        given.interface == gone.interface && (gone.family == nil || gone.family == given.address.family)
      }
    } else if let found = command.defaultRoute {
      let new = found.gateways.map {
        Router(gateway: $0, interface: owner(of: found, $0, command), metric: found.metric, command: command)
      }
      if found.isReplacing, let first = new.first {
        loseRouters(command) { $0.metric == first.metric && $0.gateway.family == first.gateway.family }
      }
      routers += new
    } else if let gone = command.flushedRoutes {
      loseRouters(command) { router in
        (gone.interface.map { $0 == router.interface } ?? true)
          && (gone.family.map { $0 == router.gateway.family } ?? true)
      }
    } else if let gone = command.defaultRouteGone {
      let first = routers.first { router in
        router.gateway.family == gone.family && (gone.gateway.map { $0 == router.gateway } ?? true)
          && (gone.interface.map { $0 == router.interface } ?? true)
          && (gone.metric.map { $0 == router.metric } ?? true)
      }
      guard let first else { return }
      var isGone = false
      loseRouters(command) { router in
        guard !isGone, router.gateway == first.gateway, router.interface == first.interface else { return false }
        isGone = true
        return true
      }
    }
  }

  private mutating func lose(_ command: StanzaCommand, where isGone: (Given) -> Bool) {
    let gone = addresses.filter(isGone)
    addresses.removeAll(where: isGone)
    lostAddresses += gone.map { ($0, command) }
    // Without an address of the family the kernel forgets the routes through an interface (fib_disable_ip in net/ipv4).
    for given in gone
    where !addresses.contains(where: {
      $0.interface == given.interface && $0.address.family == given.address.family
    }) {
      loseRouters(command) { $0.interface == given.interface && $0.gateway.family == given.address.family }
    }
  }

  private mutating func loseRouters(_ command: StanzaCommand, where isGone: (Router) -> Bool) {
    var left: [Router] = []
    for router in routers {
      if isGone(router) { lostRouters.append((router, command)) } else { left.append(router) }
    }
    routers = left
  }

  /// Whose default route a command sets: that of the interface that it names, or by which the router is reached.
  func owner(of route: DefaultRouteCommand, _ gateway: IPAddress, _ command: StanzaCommand) -> String {
    if let named = route.interface { return named }
    let given = addresses.last { given in
      // Another interface may have it in some case only.
      if let giver = given.command, giver.command.isConditional, given.interface != giver.stanza.interface {
        return false
      }
      return given.prefix.flatMap { Subnet(containing: given.address, $0) }?.contains(gateway) ?? false
    }
    return given?.interface ?? command.stanza.interface
  }
}
