/// The Engine room.
