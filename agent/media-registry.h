/* SPDX-License-Identifier: ISC
 *
 * The endpoint's memory of USB devices: which are its transfer media, by an act of somebody who may,
 * and which were ever plugged in. A device is told by id, serial number, interfaces and the digest
 * of its descriptors: all of it can be forged, so this is evidence and a rule for people, and what
 * a medium carries is judged all the same.
 */
#ifndef AGENT_MEDIA_REGISTRY_H
#define AGENT_MEDIA_REGISTRY_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/state.h"

#define MEDIA_REGISTRY_SEEN       1000 /* kept, those last seen */
#define MEDIA_REGISTRY_REGISTERED 256  /* at most: an endpoint has a handful */

/* Borrowed, as sallyport-usb tells them; may hold anything that the device says of itself. */
struct media_identity {
    const char *id;         /* "0951:1666" */
    const char *serial;     /* "": it has none */
    const char *name;       /* maker and product, for people only: no part of the identity */
    const char *interfaces; /* "08:06:50", blanks between several, sorted */
    const char *digest;     /* of all descriptors, hex */
    int64_t speed_mbit;     /* at which they are so: others are lawful at another speed */
};

struct media_registration {
    int64_t number; /* 0: not registered */
    char digest[DIGEST_TEXT_BYTES];
    int64_t speed_mbit;
};

/* How a device of this id and serial number looked when it was last seen so. */
struct media_sighting {
    char digest[DIGEST_TEXT_BYTES];
    char port[LIMIT_USB_PORT + 1];
    int64_t speed_mbit;
};

/* What is registered under the id and serial number; whether the digest still agrees is for
 * the judge. number 0 where nothing is. */
int media_registry_find(struct state *state, const char *id, const char *serial,
                        struct media_registration *registration,
                        struct error *err) ERROR_MUST_CHECK;

/* Registers, or again with what is true now, in one transaction with its audit record
 * ("media-register"). *row gets the Registered of sallyport-control(7), a new reference. ERROR_LIMIT. */
int media_registry_add(struct state *state, const struct media_identity *identity,
                       const char *purpose, const char *owner, const char *who, json_t **row,
                       struct error *err) ERROR_MUST_CHECK;

/* Takes it out again, audited ("media-forget"). ERROR_NOT_FOUND. */
int media_registry_forget(struct state *state, int64_t number, const char *who, json_t **row,
                          struct error *err) ERROR_MUST_CHECK;

/* All of them in the order of their numbers; a new reference in every case. */
int media_registry_list(struct state *state, json_t **list, struct error *err) ERROR_MUST_CHECK;

/* Forgets how a device of this id and serial number looked before: somebody who may vouches for what
 * is plugged in now. Audited ("media-forget"). */
int media_registry_clear(struct state *state, const char *id, const char *serial, const char *who,
                         struct error *err) ERROR_MUST_CHECK;

/* Notes that it was plugged in at that port. */
int media_registry_saw(struct state *state, const struct media_identity *identity, const char *port,
                       struct error *err) ERROR_MUST_CHECK;

/* The different looks of this id and serial number, newest first, at most limit. */
int media_registry_sightings(struct state *state, const char *id, const char *serial,
                             struct media_sighting *sightings, size_t limit, size_t *count,
                             struct error *err) ERROR_MUST_CHECK;

#endif
