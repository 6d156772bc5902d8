public import Site

/// Why a link is not as it should be.
public enum LinkFailure: Error, Sendable, Hashable {
  /// There is no such link.
  case absent(InterfaceName)
  /// Everything was done, and in time it was not so. With what the programs said on the way.
  case notAsExpected(InterfaceName, LinkShortfall, said: [String])
  /// ifup would not.
  case unsuccessful(InterfaceName, Command, Command.Outcome)
  case command(InterfaceName, CommandFailure)
  /// NetworkManager said no, in its words.
  case networkManager(InterfaceName, String)
  /// systemd-networkd or netplan said no, in words that say what to do.
  case networkd(InterfaceName, String)
  case bus(InterfaceName, BusError)
  /// polkit said no; the action that would allow it.
  case notPermitted(InterfaceName, action: String)
  case system(SystemFailure)
  /// imprint was told to stop.
  case cancelled(InterfaceName)
  /// What failed; after which NetworkManager brought the link back to what it was before.
  indirect case rolledBack(LinkFailure)
  /// What failed; and why the link could not be brought back.
  indirect case notRolledBack(LinkFailure, because: String)
}

extension LinkFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .absent(let link): "there is no link \(link) on this machine"
    case .notAsExpected(let link, let shortfall, let said):
      "\(link) did not come up as it should: \(shortfall)" + (said.last.map { " (\($0))" } ?? "")
    case .unsuccessful(let link, let command, let outcome):
      "\(link) did not come up: \(command) ended with \(outcome.status)"
        + (outcome.lastLines.isEmpty ? "" : ": " + outcome.lastLines.joined(separator: " / "))
    case .command(let link, let failure): "\(link) did not come up: \(failure)"
    case .networkManager(let link, let words), .networkd(let link, let words): "\(link): \(words)"
    case .bus(let link, let error): "\(link): \(error)"
    case .notPermitted(let link, let action):
      "\(link) is not changed: not permitted; polkit asks for \(action) (run it as root)"
    case .system(let failure): failure.description
    case .cancelled(let link): "\(link) was left on its way, because imprint was told to stop"
    case .rolledBack(let failure): "\(failure); the link was brought back to what it was"
    case .notRolledBack(let failure, let reason): "\(failure); the link could not be brought back: \(reason)"
    }
  }
}
