#define _GNU_SOURCE
#define CURL_DISABLE_DEPRECATION
#include "CCurl.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static struct imprint_curl functions;

static int begin(void) { return functions.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }

static struct imprint_library library = {
    // One ABI with three TLS libraries behind it; Debian names each file of its own.
    .files = {"libcurl.so.4", "libcurl-gnutls.so.4"},
    .names = (const char *const[]){IMPRINT_CURL_FUNCTIONS(IMPRINT_NAME) NULL},
    .optional = (const char *const[]){"curl_multi_poll", NULL},
    .functions = &functions,
    .begin = begin,
};

const struct imprint_curl *imprint_curl(void) { return imprint_load(&library); }

CURLcode imprint_curl_set_long(CURL *transfer, CURLoption option, long value) {
  return functions.curl_easy_setopt(transfer, option, value);
}

CURLcode imprint_curl_set_pointer(CURL *transfer, CURLoption option, const void *value) {
  return functions.curl_easy_setopt(transfer, option, value);
}

CURLcode imprint_curl_set_receivers(
    CURL *transfer, curl_write_callback body, curl_write_callback header, void *context) {
  CURLcode code = functions.curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, body);
  if (!code) code = functions.curl_easy_setopt(transfer, CURLOPT_WRITEDATA, context);
  if (!code) code = functions.curl_easy_setopt(transfer, CURLOPT_HEADERFUNCTION, header);
  if (!code) code = functions.curl_easy_setopt(transfer, CURLOPT_HEADERDATA, context);
  return code;
}

long imprint_curl_get_long(CURL *transfer, CURLINFO info) {
  long value = 0;
  return functions.curl_easy_getinfo(transfer, info, &value) == CURLE_OK ? value : 0;
}

const char *imprint_curl_get_text(CURL *transfer, CURLINFO info) {
  const char *text = NULL;
  return functions.curl_easy_getinfo(transfer, info, &text) == CURLE_OK ? text : NULL;
}

CURLcode imprint_curl_allow_http_only(CURL *transfer) {
  return functions.curl_easy_setopt(transfer, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
}

CURLMcode imprint_curl_wait(CURLM *transfers, int milliseconds) {
  if (functions.curl_multi_poll) return functions.curl_multi_poll(transfers, NULL, 0, milliseconds, NULL);
  int ready = 0;
  CURLMcode code = functions.curl_multi_wait(transfers, NULL, 0, milliseconds, &ready);
  if (code == CURLM_OK && ready == 0) poll(NULL, 0, milliseconds < 10 ? milliseconds : 10);
  return code;
}

_Static_assert(sizeof(sigset_t) <= sizeof(((imprint_pipe_guard *)0)->mask), "a mask of signals fits");

void imprint_pipe_guard_begin(imprint_pipe_guard *guard) {
  sigset_t pending, pipe_only;
  sigpending(&pending);
  guard->was_pending = sigismember(&pending, SIGPIPE);
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigset_t former;
  pthread_sigmask(SIG_BLOCK, &pipe_only, &former);
  memcpy(guard->mask, &former, sizeof former);
}

void imprint_pipe_guard_end(const imprint_pipe_guard *guard) {
  sigset_t pipe_only, former;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  const struct timespec at_once = {0, 0};
  if (!guard->was_pending) sigtimedwait(&pipe_only, NULL, &at_once);
  memcpy(&former, guard->mask, sizeof former);
  pthread_sigmask(SIG_SETMASK, &former, NULL);
}
