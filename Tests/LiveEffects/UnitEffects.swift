internal import Live

/// Effects on units, the host name and the journal.
///
///     live-effects restart unit=nova-compute.service [within=20000]     and start, stop, reload, reload-or-restart
///     live-effects watch unit=… stay=2000 [within=20000]
///     live-effects restart-and-watch unit=… stay=2000
///     live-effects mask unit=… [unit=…]                                 and unmask
///     live-effects state unit=…
///     live-effects transient unit=NAME.service /program argument…
///     live-effects later unit=NAME after=2000 /program argument…
///     live-effects hostname name=compute2 [file=/etc/hostname]
///     live-effects say message=… [unit=…]
///     live-effects lines unit=…
///
/// On the bus at bus=ADDRESS, else the system's.
extension LiveEffects {
  @LiveActor static func unit(_ word: String, _ options: Options) async throws -> String {
    let within = options.time("within") ?? .seconds(20)
    let unit = options.text("unit")
    let systemd = try await Self.systemd(options)
    switch word {
    case "restart": try await systemd.restart(unit, within: within)
    case "start": try await systemd.start(unit, within: within)
    case "stop": try await systemd.stop(unit, within: within)
    case "reload": try await systemd.reload(unit, within: within)
    case "reload-or-restart": try await systemd.reloadOrRestart(unit, within: within)
    case "mask": try await systemd.mask(options["unit"], runtime: false)
    case "unmask": try await systemd.unmask(options["unit"], runtime: false)
    case "watch": try await systemd.watch(unit, for: options.time("stay") ?? .seconds(1), within: within)
    case "restart-and-watch":
      try await systemd.restart(unit, within: within)
      try await systemd.watch(unit, for: options.time("stay") ?? .seconds(1), within: within)
    case "state": return try await Self.line(systemd.state(of: unit))
    case "transient":
      let service = TransientUnit.service(unit, description: "a test's", command: options.rest)
      try await systemd.startTransient(service, within: within)
    case "later":
      let service = TransientUnit.service("\(unit).service", description: "a test's", command: options.rest)
      let timer = TransientUnit.timer(
        "\(unit).timer", description: "a test's", after: options.time("after") ?? .seconds(1))
      try await systemd.startTransient(timer, auxiliary: [service], within: within)
    default: throw Misuse(word: word)
    }
    return "done"
  }

  @LiveActor private static func systemd(_ options: Options) async throws -> Systemd {
    guard let address = options["bus"].first else { return try await Systemd.connect() }
    return Systemd(try Bus(.other(address)))
  }

  private static func line(_ state: UnitState) -> String {
    let file = state.fragmentPath ?? "-"
    return "\(state.load) \(state) \(state.fileState) \(file) \(state.started.map(String.init) ?? "never")"
  }

  @LiveActor static func hostname(_ options: Options) async throws -> String {
    let bus = try? Bus(options["bus"].first.map { .other($0) } ?? .system)
    let means = try await SystemHostname.set(
      options.text("name"), on: bus, keeping: options["file"].first ?? "/etc/hostname",
      within: options.time("within") ?? .seconds(20))
    return SystemHostname.current() + (means == .hostnamed ? "" : " by the kernel")
  }

  static func say(_ options: Options) -> String {
    JournalEntry(.stepDone, options.text("message"), .info, [.unit: options.text("unit"), .usec: "1500"]).send()
    return "said"
  }

  static func lines(_ options: Options) -> String {
    UnitJournal().lines(of: options.text("unit")).map(\.description).joined(separator: "\n")
  }
}
