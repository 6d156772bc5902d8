/// The Transaction room.
