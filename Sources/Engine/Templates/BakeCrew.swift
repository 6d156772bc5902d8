internal import Glibc
internal import Live
internal import Site
internal import Tree

/// The processes of a bake: begun, awaited, and ended where somebody stops it.
struct BakeCrew: Sendable {
  let baking: Baking
  let program: String
  let tell: @Sendable (BakeEvent) -> Void

  private enum News: Sendable {
    case ended(Int, BakeReport.Entry)
    case stop
  }

  /// - Returns: What came of each, in their order, and why not all were begun.
  @LiveActor func work(_ nodes: [NodeName], stop: Int32) async -> ([BakeReport.Entry], BakeReport.Stop?) {
    var entries = nodes.map { entry(of: $0, .left) }
    let begun = ContinuousClock.now
    return await withTaskGroup(of: News.self) { group in
      var pace = Pace(fixed: baking.jobs, processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
      var (next, running) = (0, 0)
      var stopped: BakeReport.Stop?
      let watch: @LiveActor @Sendable () async -> News = {
        _ = try? await LiveActor.ready(stop, until: nil)
        return .stop
      }
      group.addTask(operation: watch)
      while true {
        while stopped == nil, running < pace.limit, next < nodes.count {
          let (index, node) = (next, nodes[next])
          let work: @LiveActor @Sendable () async -> News = { .ended(index, await make(node)) }
          tell(.begun(node))
          group.addTask(operation: work)
          (next, running) = (next + 1, running + 1)
        }
        guard running > 0, let news = await group.next() else { break }
        switch news {
        case .stop:
          stopped = .interrupted
          tell(.stopping(.interrupted))
          group.cancelAll()
        case .ended(let index, let entry):
          running -= 1
          entries[index] = entry
          tell(.ended(entry))
          let limit = pace.limit
          pace.end(at: begun.duration(to: .now))
          if pace.limit != limit { tell(.pace(pace.limit)) }
          if stopped == nil, [.inputOutput, .cannotCreate].contains(entry.failure?.code) {
            stopped = .disk
            if next < nodes.count || running > 0 { tell(.stopping(.disk)) }
          }
        }
      }
      group.cancelAll()
      return (entries, next < nodes.count || stopped == .interrupted ? stopped : nil)
    }
  }

  @LiveActor private func make(_ node: NodeName) async -> BakeReport.Entry {
    let begun = ContinuousClock.now
    var entry = entry(of: node, .left)
    let command = Command(program, arguments(node))
    do throws(CommandFailure) {
      // No bake takes that long; what hangs in the kernel is for a person to see.
      let answer = try await command.answer(to: [], within: .seconds(7 * 86400), upTo: 1 << 20)
      if answer.status == 0, let baked = BakedNode(String(decoding: answer.output, as: UTF8.self)) {
        entry.state = .baked
        entry.baked = baked
      } else {
        entry.state = .failed
        entry.failure = Self.failure(answer)
      }
    } catch {
      if case .cancelled = error {
        entry.state = .left
      } else {
        entry.state = .failed
        entry.failure = EngineError(.unavailable, "\(error)")
      }
    }
    if entry.state != .baked { tidy(node, &entry) }
    entry.milliseconds = Int(begun.duration(to: .now).wholeMilliseconds)
    return entry
  }

  /// Takes away what was half made: it would be in the way of nobody, but it takes room.
  @LiveActor private func tidy(_ node: NodeName, _ entry: inout BakeReport.Entry) {
    do {
      switch try baking.folder.standing(of: node, baking.form) {
      case .half: try baking.folder.clear(node)
      // It was whole when it was ended.
      case .whole(let mark), .finished(let mark):
        if try baking.folder.tree.status(baking.folder.place(of: node, baking.form)) == nil {
          try baking.folder.name(node, baking.form)
        }
        entry.state = .baked
        entry.failure = nil
        entry.baked = BakedNode()
        entry.baked?.changes = mark.changes
      case .absent, .somebodyElses: break
      }
    } catch {
      let known = EngineError(error)
      entry.state = .failed
      entry.failure = EngineError(
        entry.failure?.code ?? known.code,
        [entry.failure?.description, "what was begun is left: \(known)"].compactMap(\.self).joined(separator: "; "))
    }
  }

  private func arguments(_ node: NodeName) -> [String] {
    var arguments = [
      "bake-node", node.description, "--from", baking.template.path, "--into", baking.folder.path, "--form",
      baking.form.rawValue, "--parent", String(getpid()),
    ]
    if let profile = baking.profile { arguments += ["--profile", profile] }
    return arguments
  }

  private func entry(of node: NodeName, _ state: BakeReport.State) -> BakeReport.Entry {
    BakeReport.Entry(
      node: node, path: baking.folder.name(baking.folder.place(of: node, baking.form)), state: state, baked: nil,
      milliseconds: 0, failure: nil)
  }

  /// What the process said on standard error, and its exit status, are an error of ours again.
  private static func failure(_ answer: Command.Answer) -> EngineError {
    let lines = answer.lastLines.map { $0.hasPrefix("imprint: ") ? String($0.dropFirst(9)) : $0 }
    if let code = EngineError.Code(rawValue: Int32(answer.status)), !lines.isEmpty {
      return EngineError(code, lines.joined(separator: "\n"))
    }
    let end = answer.status > 128 ? "signal \(answer.status - 128)" : "exit status \(answer.status)"
    return EngineError(.unavailable, (["its process ended with \(end)"] + lines).joined(separator: ": "))
  }
}
