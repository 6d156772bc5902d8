#include "CSystemd.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

static struct imprint_systemd functions;
static int is_complete;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) \
  if (!(functions.name = (__typeof__(functions.name))dlsym(library, #name))) return;
  IMPRINT_SYSTEMD_FUNCTIONS(FIND)
#undef FIND
  functions.sd_bus_add_match_async =
      (__typeof__(functions.sd_bus_add_match_async))dlsym(library, "sd_bus_add_match_async");
  is_complete = 1;
}

const struct imprint_systemd *imprint_systemd(void) {
  pthread_once(&once, load);
  return is_complete ? &functions : NULL;
}
