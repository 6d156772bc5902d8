/// The room of lossless text formats, one file each.
///
/// What may enter: bytes in, bytes out, and the grammar of the program that reads them. Nothing here opens a file, knows a
/// node, or imports anything but the standard library. For any bytes at all, a document written back is the same bytes.
