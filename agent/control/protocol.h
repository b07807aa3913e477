/* SPDX-License-Identifier: ISC
 *
 * The control protocol: Varlink's wire form (one JSON object, NUL-terminated, over a Unix socket),
 * interface org.sallyport.Agent, plus org.varlink.service for introspection. One visible row a
 * method. Replies are documented field by field in sallyport-control(7).
 */
#ifndef AGENT_CONTROL_PROTOCOL_H
#define AGENT_CONTROL_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_INTERFACE "org.sallyport.Agent"

enum protocol_access {
    PROTOCOL_READ, /* group sallyport, sallyport-admin, the agent's own user, root */
    PROTOCOL_ACT,  /* group sallyport-admin, the agent's own user, root */
};

enum protocol_method {
    PROTOCOL_STATUS = 1, /* Status() -> sallyport.status/1 */
    PROTOCOL_CONTENTS,   /* Contents() -> sallyport.contents/1 */
    PROTOCOL_FLOORS,     /* Floors() -> sallyport.floors/1 */
    PROTOCOL_IMPORT,  /* Import(source, dry_run, only[]) more -> progress..., sallyport.import/1 */
    PROTOCOL_INSPECT, /* Inspect(source, tokens) more -> document..., sallyport.inspect/1 */
    PROTOCOL_FLAG,    /* Flag(name) -> {"name","value","origin"} */
    PROTOCOL_AUDIT,   /* Audit(after, limit) -> sallyport.audit/1 */
    PROTOCOL_AUDIT_VERIFY, /* AuditVerify() -> {"ok","records","head"} */
};

struct protocol_row {
    enum protocol_method method;
    const char *name; /* "Import" */
    enum protocol_access access;
    bool more; /* answers as a stream where asked with "more" */
};

const struct protocol_row *protocol_row(size_t i); /* NULL past the last */
const struct protocol_row *protocol_find(const char *name);
/* Varlink interface description, made from the rows' documentation. */
const char *protocol_description(void);

#endif
