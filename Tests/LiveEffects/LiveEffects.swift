internal import Glibc
internal import Live
internal import Site

/// Effects of Live, one a word: what the suites run in a network namespace, or inside a booted machine.
///
///     live-effects links
///     live-effects owner address=192.168.10.21 interface=ens33 [within=500]
///     live-effects renew interface=ens33 backend=ifupdown expected=192.168.10.21/24 [former=…] [file=…] [within=5000] …
///     live-effects run within=1000 /bin/program argument…
///
/// Times are milliseconds. The answer is on standard output; where it is a failure, the status is 1.
@main
struct LiveEffects {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    do {
      let options = Options(words.dropFirst())
      let answer = try LiveActor.run { try await Self.answer(words.first ?? "", options) }
      print(answer)
    } catch {
      print(error)
      exit(1)
    }
  }

  @LiveActor static func answer(_ word: String, _ options: Options) async throws -> String {
    switch word {
    case "links": try KernelLinks.read().map(\.line).joined(separator: "\n")
    case "remove": try remove(options)
    case "owner": try await owner(options)
    case "renew": try await renew(options)
    case "run": try await run(options)
    case "hostname": try await hostname(options)
    case "say": say(options)
    case "lines": lines(options)
    default: try await unit(word, options)
    }
  }

  @LiveActor private static func remove(_ options: Options) throws -> String {
    let name = try InterfaceName(options.text("interface"))
    guard let link = try KernelLinks.link(name) else { throw LinkFailure.absent(name) }
    try KernelLinks.remove(InterfaceAddress(options.text("address")), from: link)
    return "removed"
  }

  @LiveActor private static func owner(_ options: Options) async throws -> String {
    let owner = try await AddressProbe.owner(
      of: IPAddress(options.text("address")), on: InterfaceName(options.text("interface")),
      within: options.time("within") ?? .milliseconds(400), every: .milliseconds(100),
      carrier: options.time("carrier") ?? .seconds(2))
    return owner?.description ?? "nobody"
  }

  @LiveActor private static func renew(_ options: Options) async throws -> String {
    let backend: LinkRenewal.Backend =
      switch options.text("backend") {
      case "ifupdown": .ifupdown
      case "network-scripts": .networkScripts
      case "networkd": .networkd
      case "netplan": .netplan
      default: .networkManager(connection: options["connection"].first)
      }
    let renewal = LinkRenewal(
      interface: try InterfaceName(options.text("interface")), backend: backend,
      formerConfiguration: options["file"].first, expected: try options["expected"].map(InterfaceAddress.init),
      former: try options["former"].map(InterfaceAddress.init))
    let address = options["bus"].first.map { $0 == "system" ? Bus.Address.system : .other($0) }
    let links = try Links(
      bus: address.map { try Bus($0) }, programs: options["programs"].first ?? "/sbin",
      netplan: options["netplan"].first ?? "/usr/sbin/netplan")
    try await links.renew(renewal, within: options.time("within") ?? .seconds(5))
    return "renewed"
  }

  @LiveActor private static func run(_ options: Options) async throws -> String {
    guard let program = options.rest.first else { throw Misuse(word: "run") }
    let command = Command(program, Array(options.rest.dropFirst()))
    let outcome = try await command.run(within: options.time("within") ?? .seconds(5))
    return (["status \(outcome.status)"] + outcome.lastLines).joined(separator: "\n")
  }
}

struct Misuse: Error { var word: String }

/// key=value, some of them more than once; after the first word without "=", the rest.
struct Options: Sendable {
  private var values: [String: [String]] = [:]
  private(set) var rest: [String] = []

  init(_ words: some Collection<String>) {
    for word in words {
      guard rest.isEmpty, let sign = word.firstIndex(of: "=") else {
        rest.append(word)
        continue
      }
      values[String(word[..<sign]), default: []].append(String(word[sign...].dropFirst()))
    }
  }

  subscript(key: String) -> [String] { values[key, default: []] }
  func text(_ key: String) -> String { self[key].first ?? "" }
  func time(_ key: String) -> Duration? { self[key].first.flatMap { Int($0) }.map { .milliseconds($0) } }
}

extension KernelLink {
  fileprivate var line: String {
    let state = isUp ? hasCarrier ? "carrier" : "up" : "down"
    let addresses = addresses.map {
      "\($0.address)" + ($0.isTentative ? " tentative" : "") + ($0.isDuplicate ? " duplicate" : "")
    }
    return ([name, "\(index)", mac?.description ?? "-", state] + addresses.sorted()).joined(separator: " ")
  }
}
