extension LiveActor {
  /// Does something for each element, so many at a time, and returns the results in the elements' order.
  @LiveActor
  public static func sideBySide<Element: Sendable, Result: Sendable>(
    _ elements: [Element], most: Int, _ body: @escaping @LiveActor @Sendable (Element) async -> Result
  ) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
      var results: [Int: Result] = [:]
      for (index, element) in elements.enumerated() {
        if index >= most, let (done, result) = await group.next() { results[done] = result }
        let work: @LiveActor @Sendable () async -> (Int, Result) = { (index, await body(element)) }
        group.addTask(operation: work)
      }
      for await (done, result) in group { results[done] = result }
      return elements.indices.compactMap { results[$0] }
    }
  }
}
