internal import Fixups
internal import Live
internal import Site
public import Transaction
internal import Tree

extension Target {
  /// Asks the wire about every address that this machine is about to take and does not have yet.
  ///
  /// - Returns: Why it is not known of some, a sentence each: a link without a carrier cannot be asked.
  /// - Throws: ``EngineError``, naming each address that somebody already answers to, and who.
  @LiveActor public func askForNewAddresses() async throws -> [String] {
    let own = try KernelLinks.addresses()
    var questions: [(address: IPAddress, interface: InterfaceName)] = []
    for (network, addresses) in node.addresses {
      guard let interface = site.interface(of: node, network) else { continue }
      questions += addresses.filter { !own.contains($0) }.map { ($0, interface) }
    }
    return try await Self.ask(questions)
  }

  /// Asks the wire about every address that the running system would have again without a transaction, and does not have.
  ///
  /// - Throws: ``EngineError``, naming each that another has by now. A disk that would be another machine's again is not asked
  ///   for: it is held back, and takes no address.
  public static func askForAddresses(undoing journal: Journal) throws -> [String] {
    try LiveActor.run { try await ask(undoing: journal, nil) }
  }

  /// - Parameter platform: Of the system; nil to find it from what it was.
  @LiveActor static func ask(undoing journal: Journal, _ platform: Platform?) async throws -> [String] {
    let questions: [(address: IPAddress, interface: InterfaceName)]
    do {
      questions = try self.questions(undoing: journal, platform)
    } catch {
      // That is no reason to leave anything as it is.
      return ["whether an address that comes back is free is not known: \(EngineError(error)?.reason ?? "\(error)")"]
    }
    return try await ask(questions)
  }

  /// Of the interfaces that the transaction has changed.
  private static func questions(
    undoing journal: Journal, _ platform: Platform?
  ) throws -> [(address: IPAddress, interface: InterfaceName)] {
    let tree = try Tree(root: "/")
    let former = FormerTree(tree, images: Store(tree: tree).images(of: journal))
    guard try Fence.foreignness(of: former, on: tree) == nil else { return [] }
    let own = try KernelLinks.addresses()
    let platform = try platform ?? Self.platform(nil, of: former)
    let now = try ConfiguredInterface.all(of: platform, in: tree)
    return try ConfiguredInterface.all(of: platform, in: former).flatMap { interface in
      let isSame = now.contains { $0.name == interface.name && $0.settings == interface.settings }
      let addresses = isSame ? [] : interface.addresses.map(\.address)
      return addresses.filter { !own.contains($0) && $0.isAssignable }.map { ($0, interface.name) }
    }
  }

  /// Side by side: each answer may take a second.
  @LiveActor private static func ask(
    _ questions: [(address: IPAddress, interface: InterfaceName)]
  ) async throws -> [String] {
    enum Answer: Sendable {
      case free
      case taken(String)
      case unknown(String)
    }
    let answers = await withTaskGroup(of: Answer.self) { group in
      for (address, interface) in questions {
        let ask: @LiveActor @Sendable () async -> Answer = {
          do throws(ProbeFailure) {
            let owner = try await AddressProbe.owner(of: address, on: interface)
            return owner.map { .taken("\(address) is in use on \(interface): \($0) answers to it") } ?? .free
          } catch {
            return .unknown("whether \(address) is free is not known: \(error)")
          }
        }
        group.addTask(operation: ask)
      }
      var answers: [Answer] = []
      for await answer in group { answers.append(answer) }
      return answers
    }
    let taken = answers.compactMap { if case .taken(let words) = $0 { words } else { nil } }
    guard taken.isEmpty else {
      throw EngineError(
        .unavailable, taken.sorted().joined(separator: "\n"),
        advice: "two machines with one address cut each other off; stop the other, or give this one another address")
    }
    return answers.compactMap { if case .unknown(let words) = $0 { words } else { nil } }.sorted()
  }
}

extension KernelLinks {
  /// All that this machine has now.
  static func addresses() throws -> Set<IPAddress> { Set(try read().flatMap(\.addresses).map(\.address.address)) }
}
