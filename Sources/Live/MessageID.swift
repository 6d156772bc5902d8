/// What a message in the journal is about: an id that never changes, to search for (`journalctl MESSAGE_ID=…`,
/// systemd.journal-fields(7)). docs/journal.md lists them, with their fields.
public enum MessageID: String, Sendable, CaseIterable {
  /// What the files say is being brought to life.
  case activationBegan = "332a563cd7954a4d9b3f9e042858d641"
  /// One step of an activation began.
  case stepBegan = "12ffda3b766b4b7794e93a7a026b9e1e"
  /// One step of an activation is done, and what it is about is well.
  case stepDone = "2737e9e2e51e49548e88be8e646fabc5"
  /// One step of an activation failed.
  case stepFailed = "f4d27c2c88104dadab83f4ec02eb3523"
  /// A unit reads a changed file and is left as it is, being stopped or masked.
  case leftAlone = "6d5f6f3f0a3e4c2c9a51b7a3a1d1c0e4"
  /// All is in effect, and will be undone unless somebody confirms it in time.
  case awaitingConfirmation = "d560296baa494c79910724e89a10b285"
  /// What was in effect is being undone, files and links and services.
  case undoing = "e71b139875ad4458b82d7b913cf3d675"
  /// Everything is in effect, and well.
  case activationDone = "151b74abe7a24e1193317b23bb081c1a"
  /// Something is not in effect, and nothing was undone.
  case activationIncomplete = "4128815e17ca4a0093bd8715d19e665c"
  /// Everything was undone.
  case activationUndone = "0c4f16bd468e49ba9c3a658046c8f0af"
  /// It was to be undone, and that failed too.
  case activationStuck = "8d970f2ccd2846fc838f661c55d1333c"
  /// This machine is a clone, and knows who it is.
  case cloneRecognised = "7ad3437d3c42473bb32a972c2b0e988b"
  /// This machine is a clone that nobody knows: its links and cloud services are held back.
  case cloneFenced = "76d617289bbb49efb09d9ce77ca81afd"
  /// The first boot of a clone is done, network and services are up, and all is well.
  case firstBootWell = "4ecbc735838647d38bd7b8f735ed05a9"
  /// The same, and not all is well.
  case firstBootUnwell = "1fcd7257aaa14ae3a2d033742ecbdc3f"
  /// The fence of a clone was lifted.
  case fenceLifted = "2dbbf3d0e68d4b92bc4136523648b524"
  /// A peer's nova asked for something that moving a guest needs, and got it.
  case gateAllowed = "c946f1344d48478096490296e08f259e"
  /// A peer asked for something else with the key that moves guests.
  case gateRefused = "b752a885477b44cda1f003ba4978c0e7"
}
