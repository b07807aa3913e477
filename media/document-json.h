/* SPDX-License-Identifier: ISC
 *
 * The JSON inside signed documents: one schema name, one way to write each document. What is read
 * must be canonical byte for byte, so that two writings of one document can't exist.
 * (sallyport-set.5, JSON documents)
 */
#ifndef MEDIA_DOCUMENT_JSON_H
#define MEDIA_DOCUMENT_JSON_H

#include <jansson.h>

#include "media/base/bytes.h"
#include "media/document.h"

/* Reads the JSON of a document of a kind: size, strict JSON, "schema" first of all, canonical form.
 * *object is the caller's (json_decref), without its "schema" member; NULL on failure. */
int document_json_read(enum document_kind kind, struct bytes_view json, json_t **object,
                       struct error *err) ERROR_MUST_CHECK;

/* Writes an object as the canonical JSON of a document of a kind, "schema" added. Takes the
 * reference to object in every case. json is initialised here (bytes_clear it), with the kind's
 * limit as its ceiling. */
int document_json_write(enum document_kind kind, json_t *object, struct bytes *json,
                        struct error *err) ERROR_MUST_CHECK;

/* A new reference to the written form of a digest, an instant or a number. */
json_t *document_json_digest(const uint8_t *digest);
json_t *document_json_instant(int64_t instant_us);
json_t *document_json_count(uint64_t count);

/* The list, when it holds all of its rows; else NULL, and the list is given up: a row that can't be
 * written, for text that is not UTF-8, must not be left out unseen. Takes the reference. */
json_t *document_json_rows(json_t *list, size_t count);

#endif
