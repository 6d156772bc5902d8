#include "CLoader.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static int find(struct imprint_library *library) {
  void *handle = NULL;
  for (size_t i = 0; i < sizeof library->files / sizeof *library->files && library->files[i] && !handle; i++)
    handle = dlopen(library->files[i], RTLD_NOW | RTLD_LOCAL);
  if (!handle) return 0;
  char *next = library->functions;
  for (const char *const *name = library->names; *name; name++, next += sizeof(void *)) {
    void *function = dlsym(handle, *name);
    if (!function) return 0;
    memcpy(next, &function, sizeof function);
  }
  for (const char *const *name = library->optional; name && *name; name++, next += sizeof(void *)) {
    void *function = dlsym(handle, *name);
    memcpy(next, &function, sizeof function);
  }
  return !library->begin || library->begin();
}

const void *imprint_load(struct imprint_library *library) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  if (library->state == imprint_library_unknown)
    library->state = find(library) ? imprint_library_loaded : imprint_library_missing;
  int is_loaded = library->state == imprint_library_loaded;
  pthread_mutex_unlock(&lock);
  return is_loaded ? library->functions : NULL;
}
