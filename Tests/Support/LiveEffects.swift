internal import Foundation

/// The program that does one effect of Live (Tests/LiveEffects), as it was built.
public enum LiveEffects {
  public static var path: String {
    get throws {
      let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("live-effects").path
    }
  }
}

extension NetworkNamespace {
  /// What an effect says in this namespace, without the end of its line; words are apart by blanks.
  public func effect(_ words: String, environment: [String: String] = [:]) async throws -> String {
    let outcome = try await run(
      LiveEffects.path, words.split(separator: " ").map(String.init), environment: environment)
    guard outcome.status <= 1 else { throw TestTrouble("live-effects \(words): \(outcome)") }
    return outcome.output.trimmingCharacters(in: .newlines)
  }
}
