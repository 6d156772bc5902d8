#include "CLinux.h"
#include "CLoader.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

// From selinux/label.h and selinux/selinux.h; the library is not needed to build, nor to run without SELinux.
struct option {
  int type;
  const char *value;
};
enum { label_backend_file = 0, label_option_path = 3 };
struct log_callback {
  int (*function)(int type, const char *format, ...);
};

static struct {
  void *(*selabel_open)(unsigned, const struct option *, unsigned);
  int (*selabel_lookup_raw)(void *, char **, const char *, int);
  void (*selabel_close)(void *);
  void (*freecon)(char *);
  void (*selinux_set_callback)(int, struct log_callback);
} selinux;
static struct imprint_library library = {
    .files = {"libselinux.so.1"},
    .names = (const char *const[]){"selabel_open", "selabel_lookup_raw", "selabel_close", "freecon", NULL},
    .optional = (const char *const[]){"selinux_set_callback", NULL},
    .functions = &selinux,
};

static int silent(int type, const char *format, ...) {
  (void)type;
  (void)format;
  return 0;
}

ssize_t imprint_label(int directory, const char *path, uint32_t mode, char *buffer, size_t size) {
  if (!imprint_load(&library)) return -1;
  if (selinux.selinux_set_callback) selinux.selinux_set_callback(0, (struct log_callback){silent});
  // By descriptor, so that no link on the way leads out of the tree.
  char file[64];
  snprintf(file, sizeof file, "/proc/self/fd/%d/file_contexts", directory);
  struct option option = {label_option_path, file};
  void *labels = selinux.selabel_open(label_backend_file, &option, 1);
  if (!labels) return -1;
  ssize_t length = -1;
  char *label = NULL;
  if (selinux.selabel_lookup_raw(labels, &label, path, (int)mode) == 0 && label) {
    size_t needed = strlen(label);
    if (needed < size) {
      memcpy(buffer, label, needed + 1);
      length = (ssize_t)needed;
    }
    selinux.freecon(label);
  }
  selinux.selabel_close(labels);
  return length;
}
