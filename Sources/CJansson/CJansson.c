#include "CJansson.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

static struct imprint_jansson functions;
static int is_complete;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *library = dlopen("libjansson.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) \
  if (!(functions.name = (__typeof__(functions.name))dlsym(library, #name))) return;
  IMPRINT_JANSSON_FUNCTIONS(FIND)
#undef FIND
  is_complete = 1;
}

const struct imprint_jansson *imprint_jansson(void) {
  pthread_once(&once, load);
  return is_complete ? &functions : NULL;
}

int imprint_jansson_code(const json_error_t *error) { return json_error_code(error); }
