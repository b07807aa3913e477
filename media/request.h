/* SPDX-License-Identifier: ISC
 *
 * A request: what an endpoint asks its mirror for, in a file that people carry. It is not signed and
 * proves nothing: whoever answers decides, and the answer is a signed document (a root document with
 * a floor reset) or a sealed one (an enrolment in another ring). (sallyport-set.5, Requests)
 *
 * One JSON object of at most LIMIT_REQUEST_BYTES, strict, unknown and missing keys refused:
 *
 *   {"schema":"sallyport.request/1", "kind":"floor-reset", "endpoint":NAME, "ring":NAME,
 *    "made":TIME, "reason":TEXT, "subject":"type:NAME"|"ring:NAME",
 *    "floor":{"time":TIME,"number":N}}
 *   {"schema":"sallyport.request/1", "kind":"ring-change", "endpoint":NAME, "ring":NAME,
 *    "made":TIME, "reason":TEXT, "to":NAME}
 *
 * TIME as instant_format writes it; TEXT of 1 to LIMIT_NOTES_BYTES; "ring" is where the endpoint is.
 */
#ifndef MEDIA_REQUEST_H
#define MEDIA_REQUEST_H

#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/floor-subject.h"

#define REQUEST_SCHEMA "sallyport.request/1"

enum request_kind {
    REQUEST_FLOOR_RESET, /* answered by sallyport-mirror rotate-root --request */
    REQUEST_RING_CHANGE, /* answered by sallyport-mirror enroll --replace --request */
    REQUEST_KIND_COUNT
};

struct request {
    enum request_kind kind;
    char endpoint[LIMIT_NAME_BYTES + 1];
    char ring[LIMIT_NAME_BYTES + 1];
    int64_t made_us;
    char reason[LIMIT_NOTES_BYTES + 1];

    char subject[FLOOR_SUBJECT_BYTES]; /* floor-reset: whose floor */
    int64_t floor_time_us;             /* where it stands: what is asked to be taken back */
    uint64_t floor_number;

    char to[LIMIT_NAME_BYTES + 1]; /* ring-change */
};

/* "floor-reset", "ring-change" */
const char *request_kind_name(enum request_kind kind);

/* The request is initialised here and owns nothing. ERROR_LIMIT, ERROR_BAD_DOCUMENT. */
int request_parse(struct bytes_view text, struct request *request,
                  struct error *err) ERROR_MUST_CHECK;
/* Appends the text that request_parse reads back, with an LF. out is initialised by the caller.
 * ERROR_BAD_DOCUMENT for text that is not UTF-8, or that request_parse would refuse. */
int request_write(const struct request *request, struct bytes *out,
                  struct error *err) ERROR_MUST_CHECK;

#endif
