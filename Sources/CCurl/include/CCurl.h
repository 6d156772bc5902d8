// libcurl's functions, as CLoader.h finds them.
#ifndef CCURL_H
#define CCURL_H

#include "CLoader.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define IMPRINT_CURL_FUNCTIONS(X) \
  X(curl_global_init) \
  X(curl_easy_init) \
  X(curl_easy_setopt) \
  X(curl_easy_getinfo) \
  X(curl_easy_cleanup) \
  X(curl_easy_strerror) \
  X(curl_slist_append) \
  X(curl_slist_free_all) \
  X(curl_multi_init) \
  X(curl_multi_add_handle) \
  X(curl_multi_remove_handle) \
  X(curl_multi_perform) \
  X(curl_multi_wait) \
  X(curl_multi_info_read) \
  X(curl_multi_cleanup)

struct imprint_curl {
  IMPRINT_CURL_FUNCTIONS(IMPRINT_POINTER)
  // Since version 7.66.
  __typeof__(&curl_multi_poll) _Nullable curl_multi_poll;
};

// NULL where there is no libcurl, with whichever TLS library, or one that lacks any of these; all are in version 7.29.
const struct imprint_curl *_Nullable imprint_curl(void);

// The library's own functions for these take a variable number of arguments, which Swift cannot pass.
CURLcode imprint_curl_set_long(CURL *_Nonnull transfer, CURLoption option, long value);
CURLcode imprint_curl_set_pointer(CURL *_Nonnull transfer, CURLoption option, const void *_Nullable value);
CURLcode imprint_curl_set_receivers(
    CURL *_Nonnull transfer, curl_write_callback _Nonnull body, curl_write_callback _Nonnull header,
    void *_Nonnull context);
long imprint_curl_get_long(CURL *_Nonnull transfer, CURLINFO info);
// NULL also where this libcurl does not know it. Valid as long as the transfer.
const char *_Nullable imprint_curl_get_text(CURL *_Nonnull transfer, CURLINFO info);

// HTTP and HTTPS, and nothing else that a library may know: no file, no ftp, no gopher.
CURLcode imprint_curl_allow_http_only(CURL *_Nonnull transfer);

// Until one of the transfers can go on, or for that long. Versions before 7.66 do not wait where there is no socket yet.
CURLMcode imprint_curl_wait(CURLM *_Nonnull transfers, int milliseconds);

// A peer that hangs up while TLS writes would end the process: with CURLOPT_NOSIGNAL libcurl leaves that to us.
// From one to the other SIGPIPE does not reach this thread, and one that came is taken away (sigtimedwait(2)).
typedef struct imprint_pipe_guard {
  unsigned long mask[16];
  int was_pending;
} imprint_pipe_guard;
void imprint_pipe_guard_begin(imprint_pipe_guard *_Nonnull guard);
void imprint_pipe_guard_end(const imprint_pipe_guard *_Nonnull guard);

#endif
