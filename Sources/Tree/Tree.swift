/// The Tree room.
