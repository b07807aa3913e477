/* SPDX-License-Identifier: ISC
 *
 * The control protocol: Varlink's wire form (varlink.h), interface org.sallyport.Agent, plus
 * org.varlink.service for introspection. One visible row a method. What each field means is said in
 * sallyport-control(7).
 */
#ifndef AGENT_CONTROL_PROTOCOL_H
#define AGENT_CONTROL_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_INTERFACE "org.sallyport.Agent"

/* The one error that the agent's own interface has: {"code":NAME of error-codes.h,"message"}. */
#define PROTOCOL_REFUSED PROTOCOL_INTERFACE ".Refused"

/* Introspection, answered by the front itself: GetInfo() and GetInterfaceDescription(interface);
 * and the standard errors. */
#define PROTOCOL_SERVICE                "org.varlink.service"
#define PROTOCOL_METHOD_NOT_FOUND       PROTOCOL_SERVICE ".MethodNotFound"
#define PROTOCOL_METHOD_NOT_IMPLEMENTED PROTOCOL_SERVICE ".MethodNotImplemented"
#define PROTOCOL_INTERFACE_NOT_FOUND    PROTOCOL_SERVICE ".InterfaceNotFound"
#define PROTOCOL_INVALID_PARAMETER      PROTOCOL_SERVICE ".InvalidParameter"
#define PROTOCOL_PERMISSION_DENIED      PROTOCOL_SERVICE ".PermissionDenied"
#define PROTOCOL_EXPECTED_MORE          PROTOCOL_SERVICE ".ExpectedMore"

enum protocol_access {
    PROTOCOL_READ, /* group sallyport, sallyport-admin, the agent's own user, root */
    PROTOCOL_ACT,  /* group sallyport-admin, the agent's own user, root */
};

enum protocol_method {
    PROTOCOL_STATUS = 1, /* Status() -> sallyport.status/1 */
    PROTOCOL_CONTENTS,   /* Contents() -> sallyport.contents/1 */
    PROTOCOL_FLOORS,     /* Floors() -> sallyport.floors/1 */
    PROTOCOL_IMPORT,  /* Import(source, dry_run, only[], ...) more -> step..., sallyport.import/1 */
    PROTOCOL_INSPECT, /* Inspect(source, tokens) more -> document..., sallyport.inspect/1 */
    PROTOCOL_FLAG,    /* Flag(name) -> {"name","value","origin"} */
    PROTOCOL_AUDIT,   /* Audit(after, limit) -> sallyport.audit/1 */
    PROTOCOL_AUDIT_VERIFY, /* AuditVerify() -> {"ok","records","head"} */
    PROTOCOL_CONFIG,       /* Config() -> sallyport.config/1 */
    PROTOCOL_REFUSALS,     /* Refusals(after, limit) -> sallyport.refusals/1 */
    PROTOCOL_ACKNOWLEDGE,  /* Acknowledge(up_to) -> {"acknowledged","open"} */
    PROTOCOL_REPORT,       /* Report(from, to) -> sallyport.report/1 */
    PROTOCOL_REPAIR,       /* Repair(source, dry_run) more -> step..., sallyport.repair/1 */
    PROTOCOL_MEDIA,        /* Media() -> sallyport.media/1 */
    PROTOCOL_DETECTIONS,   /* Detections(after, limit) -> sallyport.detections/1 */
    PROTOCOL_REPLAY,       /* Replay(source) -> sallyport.replay/1 */
    PROTOCOL_OUTGOING,     /* Outgoing(after, limit) -> sallyport.outgoing/1 */
    PROTOCOL_EVENTS,       /* Events(after) more -> record..., until the client goes */
    PROTOCOL_FLAGS,        /* Flags() -> sallyport.flag-list/1 */
    PROTOCOL_ACTIVATE,     /* Activate(type) -> sallyport.activate/1 */
    PROTOCOL_ATTEST,       /* Attest(name, sha384, size) -> sallyport.attested/1 */
    PROTOCOL_REPUTATION,   /* Reputation(sha256[], signer[]) -> sallyport.reputation/1 */
    PROTOCOL_ENGINES,      /* Engines() -> sallyport.engines/1 */
    PROTOCOL_EJECT,        /* Eject(medium) -> sallyport.eject/1 */
    PROTOCOL_REGISTER,     /* Register(medium, purpose, owner) -> sallyport.registered/1 */
    PROTOCOL_FORGET,       /* Forget(medium) -> sallyport.registered/1 */
    PROTOCOL_EXCLUSIONS,   /* Exclusions() -> sallyport.exclusions/1 */
};

struct protocol_row {
    enum protocol_method method;
    const char *name; /* "Import" */
    enum protocol_access access;
    bool more; /* answers as a stream where asked with "more" */
};

const struct protocol_row *protocol_row(size_t i); /* NULL past the last */
/* By the method's short name ("Import") or its whole one ("org.sallyport.Agent.Import"). */
const struct protocol_row *protocol_find(const char *name);
/* Varlink interface description; its methods are the rows'. */
const char *protocol_description(void);

#endif
