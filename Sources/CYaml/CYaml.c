#include "CYaml.h"

#include <dlfcn.h>
#include <pthread.h>

static struct imprint_yaml functions;
static int is_complete;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *library = dlopen("libyaml-0.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) \
  if (!(functions.name = (__typeof__(functions.name))dlsym(library, #name))) return;
  IMPRINT_YAML_FUNCTIONS(FIND)
#undef FIND
  is_complete = 1;
}

const struct imprint_yaml *imprint_yaml(void) {
  pthread_once(&once, load);
  return is_complete ? &functions : NULL;
}
