internal import Fixups
internal import Site
internal import Tree

/// What the files of a live node say that should be in effect.
struct Intentions: Sendable {
  /// A file, and when it came to be as it is: nanoseconds since the epoch.
  struct Written: Sendable, Hashable {
    var path: TreePath
    var time: Int64
    /// Of one that is again what it was: who started before the change has read just this.
    var former: Former?

    struct Former: Sendable, Hashable {
      /// When it was changed, and when it had been written before.
      var changed: Int64
      var time: Int64
    }

    /// Whether somebody who started then may have read something else.
    func isNews(to started: Int64) -> Bool {
      if let former, started < former.changed { return former.time > started }
      return time > started
    }
  }

  struct Link: Sendable {
    var change: LinkChange
    var purpose: String
    /// Files of this run that say something else about it now. Empty: nothing changed, it is only looked at.
    var changed: [TreePath]
  }

  struct Unit: Sendable {
    var unit: Platform.Unit
    /// Every file that it reads.
    var files: [Written]
  }

  /// Files of this run that a running systemd has to be told to read.
  var configuration: [TreePath] = []
  /// As etc/hostname says it; nil where that says nothing.
  var hostname: String?
  /// etc/hostname itself.
  var hostnameFile: Written?
  /// In the order of the site's networks.
  var links: [Link]
  /// In the platform's order.
  var units: [Unit]

  /// Decides what is due.
  ///
  /// - Returns: What systemd has to read, the name, then the links one at a time, then the units, those of one order side by side.
  func steps(from live: LiveState) -> [ActivationStep] {
    var steps: [ActivationStep] = []
    var rank = 0
    if !configuration.isEmpty {
      steps.append(ActivationStep(.reloadingSystemd(configuration), rank: rank))
      rank += 1
    }
    let isRenamed = hostname.map { $0 != live.hostname } ?? false
    if isRenamed, let hostname {
      let because = hostnameFile.map { [$0.path] } ?? []
      let consequence = Consequence(
        action: .setHostname(hostname), purpose: "the name of the machine", because: because)
      steps.append(ActivationStep(consequence, rank: rank))
    }
    for link in links where isDue(link, live) {
      rank += 1
      let consequence = Consequence(
        action: .renewLink(link.change.interface.description), purpose: link.purpose, because: link.changed)
      steps.append(ActivationStep(consequence, rank: rank, link: link.change))
    }
    var order: Int?
    for unit in units {
      guard let because = reasons(for: unit, live, isRenamed: isRenamed) else { continue }
      if unit.unit.order != order { rank += 1 }
      order = unit.unit.order
      let name = unit.unit.name.description
      let consequence = Consequence(
        action: unit.unit.action == .restart ? .restart(name) : .reload(name), purpose: unit.unit.purpose,
        because: because)
      steps.append(ActivationStep(consequence, rank: rank))
    }
    return steps
  }

  /// A link that is not there is due all the same where its configuration changed: then that is an error to be told.
  private func isDue(_ link: Link, _ live: LiveState) -> Bool {
    guard link.changed.isEmpty else { return true }
    guard let now = live.links[link.change.interface] else { return false }
    return !link.change.expected.allSatisfy(now.contains) || link.change.former.contains(where: now.contains)
  }

  /// The files because of which a unit is due; nil where it is not. One that does not run is not started: somebody
  /// stopped or disabled it. One that failed may have failed for what was in those files.
  private func reasons(for unit: Unit, _ live: LiveState, isRenamed: Bool) -> [TreePath]? {
    guard let state = live.units[unit.unit.name.description], [.running, .failed].contains(state.activity) else {
      return nil
    }
    let started = state.started ?? 0
    var because = unit.files.filter { $0.isNews(to: started) }.map(\.path)
    if unit.unit.keepsHostname, let file = hostnameFile, isRenamed || file.isNews(to: started),
      !because.contains(file.path)
    {
      because.append(file.path)
    }
    return because.isEmpty ? nil : because
  }

  /// Units that read what changed and are left as they are all the same, a sentence each.
  ///
  /// - Parameter changed: The paths that this run changed.
  func leftAlone(_ live: LiveState, changed: [TreePath]) -> [String] {
    units.compactMap { unit in
      let name = unit.unit.name.description
      guard let state = live.units[name], unit.files.contains(where: { changed.contains($0.path) }) else { return nil }
      switch state.activity {
      case .running, .failed: return nil
      case .masked: return "\(name) is masked, and so it is not restarted (systemctl unmask \(name))"
      case .inactive: return "\(name) does not run, and is not started: somebody stopped it, or it is not enabled"
      }
    }
  }
}
