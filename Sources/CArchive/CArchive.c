#include "CArchive.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>

static struct imprint_archive functions;
static int is_complete;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *library = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) \
  if (!(functions.name = (__typeof__(functions.name))dlsym(library, #name))) return;
  IMPRINT_ARCHIVE_FUNCTIONS(FIND)
#undef FIND
  is_complete = 1;
}

const struct imprint_archive *imprint_archive(void) {
  pthread_once(&once, load);
  return is_complete ? &functions : NULL;
}

imprint_gunzip_result imprint_gunzip(const void *input, size_t size, void *output, size_t room, size_t *written) {
  *written = 0;
  void *library = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return imprint_gunzip_unavailable;
  __typeof__(&inflateInit2_) begin = (__typeof__(&inflateInit2_))dlsym(library, "inflateInit2_");
  __typeof__(&inflate) go = (__typeof__(&inflate))dlsym(library, "inflate");
  __typeof__(&inflateEnd) end = (__typeof__(&inflateEnd))dlsym(library, "inflateEnd");
  if (!begin || !go || !end) return imprint_gunzip_unavailable;
  if (size > UINT_MAX || room > UINT_MAX) return imprint_gunzip_too_large;
  z_stream stream = {.next_in = (Bytef *)input, .avail_in = (uInt)size, .next_out = output, .avail_out = (uInt)room};
  // 16: gzip and nothing else.
  if (begin(&stream, 15 + 16, ZLIB_VERSION, (int)sizeof stream) != Z_OK) return imprint_gunzip_broken;
  int code = go(&stream, Z_FINISH);
  *written = room - stream.avail_out;
  end(&stream);
  if (code == Z_STREAM_END) return imprint_gunzip_done;
  return code == Z_BUF_ERROR && stream.avail_out == 0 ? imprint_gunzip_too_large : imprint_gunzip_broken;
}
