/* SPDX-License-Identifier: ISC
 *
 * From a Varlink call to the fixed-size request of front-protocol.h: one table of each method's
 * parameters; and what the front answers itself (org.varlink.service).
 */
#ifndef AGENT_FRONT_CALL_H
#define AGENT_FRONT_CALL_H

#include "agent/control/varlink.h"
#include "agent/front-protocol.h"

#define FRONT_CALL_SERVICE "org.varlink.service"

/* Why a call can't be forwarded, as Varlink says it: error name and its one parameter. */
struct front_call_error {
    const char *name;      /* "org.varlink.service.MethodNotFound" */
    const char *parameter; /* "method" */
    char value[ERROR_WORDS_BYTES];
};

/* Fills the request (client and method included). 0, or -1 with *error filled. */
int front_call_read(const struct varlink_call *call, uint32_t client, struct front_request *request,
                    struct front_call_error *error) ERROR_MUST_CHECK;

/* Answers a call to org.varlink.service: 1 and *parameters (a new reference), 0 when the method is
 * of another interface, -1 with *error filled. */
int front_call_service(const struct varlink_call *call, json_t **parameters,
                       struct front_call_error *error) ERROR_MUST_CHECK;

#endif
