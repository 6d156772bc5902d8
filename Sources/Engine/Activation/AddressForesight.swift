internal import Live
internal import Site

extension Target {
  /// Asks the wire about every address that this machine is about to take and does not have yet.
  ///
  /// - Returns: Why it is not known of some, a sentence each: a link without a carrier cannot be asked.
  /// - Throws: ``EngineError``, naming each address that somebody already answers to, and who.
  @LiveActor public func askForNewAddresses() async throws -> [String] {
    let own = Set(try KernelLinks.read().flatMap(\.addresses).map(\.address.address))
    var questions: [(address: IPAddress, interface: InterfaceName)] = []
    for (network, addresses) in node.addresses {
      guard let interface = site.interface(of: node, network) else { continue }
      questions += addresses.filter { !own.contains($0) }.map { ($0, interface) }
    }
    return try await Self.ask(questions)
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
