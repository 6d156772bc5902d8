internal import Engine
internal import Glibc

/// An activation as it goes: on a terminal a line that is written over while a step lasts, else a line for each.
/// Standard error carries it: it is progress, not the answer.
final class ActivationText {
  private let ink: Palette
  private let isTerminal: Bool
  private var pending: [String] = []

  init(ink: Palette) {
    self.ink = ink
    isTerminal = isatty(STDERR_FILENO) == 1
  }

  func tell(_ event: ActivationEvent) {
    switch event {
    case .planned(let steps): if steps.isEmpty { line("nothing has to be restarted") }
    case .noted(let words): line("- \(words)")
    case .started(let step):
      pending.append(step)
      live()
    case .finished(let step, let milliseconds):
      end(step)
      line("\(ink(.good, "✓")) \(step)  " + ink(.faint, Self.time(milliseconds)))
    case .failed(let step, let reason):
      end(step)
      line("\(ink(.bad, "✗")) \(step): \(reason)")
    case .undoing(let reason): line("\(ink(.warning, "!")) \(reason): everything is being undone")
    case .awaiting(let seconds):
      line("\(ink(.warning, "!")) this will be undone in \(seconds) s unless you run: imprint confirm")
    case .ended: break
    }
    live()
  }

  private func end(_ step: String) { pending.removeAll { $0 == step } }

  private func line(_ text: String) {
    if isTerminal { write("\r\u{1B}[K") }
    write(text + "\n")
  }

  /// What is being done right now.
  private func live() {
    guard isTerminal else { return }
    write("\r\u{1B}[K" + (pending.isEmpty ? "" : ink(.faint, "… \(pending.joined(separator: ", "))")))
  }

  private func write(_ text: String) {
    var text = text
    _ = text.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  static func time(_ milliseconds: Int) -> String {
    milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  }
}
