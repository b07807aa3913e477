/* SPDX-License-Identifier: ISC
 *
 * Requests of endpoints (media/request.h), answered. A request proves nothing: what it names is held
 * against the catalog, and what is granted is what the mirror has, not what was asked for.
 */
#ifndef MIRROR_ANSWER_H
#define MIRROR_ANSWER_H

#include "media/request.h"
#include "media/root.h"
#include "mirror/ring.h"

/* Reads a request of a kind from a file, of an endpoint that the catalog knows. *known is its row.
 * ERROR_NOT_FOUND, ERROR_USAGE for another kind, and request_parse's. */
int answer_read(const struct repository *repository, const char *file, enum request_kind kind,
                struct request *request, struct catalog_endpoint *known,
                struct error *err) ERROR_MUST_CHECK;

/* A floor-reset: down to what the endpoint's ring carries of the type, or to the newest set of the
 * ring. ERROR_USAGE where the floor does not stand in the way of it. */
int answer_floor_reset(const struct ring_signer *signer, const char *file,
                       struct root_floor_reset *reset, struct error *err) ERROR_MUST_CHECK;

#endif
