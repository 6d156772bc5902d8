internal import Engine
internal import Site

extension JSON {
  struct BakeOut: Encodable {
    struct FailureOut: Encodable {
      let status: Int32
      let reason: String
      let advice: String?
    }
    struct NodeOut: Encodable {
      let node: String
      let path: String
      let state: String
      let changes: Int?
      let shared: UInt64?
      let written: UInt64?
      let milliseconds: Int?
      let remarks: [String]
      let failure: FailureOut?
      let mount: String?

      init(_ entry: BakeReport.Entry, _ report: BakeReport) {
        let isMade = entry.state == .baked
        node = entry.node.description
        path = entry.path
        state = entry.state.rawValue
        changes = entry.baked?.changes
        shared = isMade ? entry.baked?.shared : nil
        written = isMade ? entry.baked?.written : nil
        milliseconds = isMade ? entry.milliseconds : nil
        remarks = entry.baked?.remarks ?? []
        failure = entry.failure.map { FailureOut(status: $0.code.rawValue, reason: $0.reason, advice: $0.advice) }
        mount = report.form == .overlay && entry.baked != nil ? BakeText.mount(entry, report) : nil
      }
    }

    let schema = "imprint.bake/1"
    let template: String
    let form: String
    let into: String
    let done: Bool
    let stopped: String?
    let milliseconds: Int
    let nodes: [NodeOut]

    init(_ report: BakeReport) {
      template = report.template
      form = report.form.rawValue
      into = report.folder
      done = report.isDone
      stopped = report.stopped?.rawValue
      milliseconds = report.milliseconds
      nodes = report.entries.map { NodeOut($0, report) }
    }
  }
}
