/* SPDX-License-Identifier: ISC
 *
 * Answers about USB media: what is plugged in, what is registered, what may be pulled
 * (sallyport-control.7, Media, Register, Forget, Eject).
 */
#ifndef AGENT_MEDIA_ANSWER_H
#define AGENT_MEDIA_ANSWER_H

#include <jansson.h>

#include "agent/config.h"
#include "agent/front-protocol.h"
#include "agent/state.h"
#include "agent/usb-gate.h"

struct media_source {
    struct state *state;
    const struct config *config;
    const char *who;       /* "uid 1000": for the audit record */
    struct usb_gate *gate; /* NULL: nothing watches */
    /* What a job reads at this moment: a path or URL; NULL: none runs. */
    const char *reading;
};

/* sallyport.media/1. A new reference in every case. */
int media_answer_list(const struct media_source *source, json_t **reply,
                      struct error *err) ERROR_MUST_CHECK;

/* request->name is the medium. sallyport.registered/1, sallyport.eject/1: new references, NULL on
 * error. What is refused or fails is in the audit chain as well. */
int media_answer_register(const struct media_source *source, const struct front_request *request,
                          json_t **reply, struct error *err) ERROR_MUST_CHECK;
int media_answer_forget(const struct media_source *source, const struct front_request *request,
                        json_t **reply, struct error *err) ERROR_MUST_CHECK;
int media_answer_eject(const struct media_source *source, const struct front_request *request,
                       json_t **reply, struct error *err) ERROR_MUST_CHECK;

#endif
