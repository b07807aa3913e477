/* SPDX-License-Identifier: ISC
 *
 * The one list of reason codes. Every refusal and failure in every program is a row here;
 * `explain`, exit statuses, man pages, audit records and receipts are made from these rows.
 *
 * X(symbol, name, exit status, cause, next step)
 *
 * Names are stable: they are stored in audit records and receipts and never change meaning.
 * Exit statuses: 0 ok, 1 error, 2 usage, 3 partial, 4 unchanged, 10 not-found, 11 locked, 12
 * denied, 13 no-agent, 20 bad-signature, 21 rollback, 22 expired, 23 blocked, 24 gap, 25 io.
 */
#ifndef MEDIA_BASE_ERROR_CODES_H
#define MEDIA_BASE_ERROR_CODES_H

/* clang-format off */
#define ERROR_CODES(X) \
 X(OK,               "ok",               0, "Done.", "Nothing to do.") \
 /* general */ \
 X(INTERNAL,         "error",            1, "Something failed that has no code of its own.", "Read the message; report it if it is not clear.") \
 X(USAGE,            "usage",            2, "An option or argument is wrong.", "See --help for the verb.") \
 X(CONFIG,           "bad-config",       2, "A configuration file is wrong.", "Correct the file and line that the message names.") \
 X(PARTIAL,          "partial",          3, "Finished, but some parts were left out.", "Read which parts and why; the others are done.") \
 X(PENDING,          "pending",          3, "More signatures are needed before this counts.", "Let the other key holder run: sallyport-mirror cosign RING --key KEY.") \
 X(UNANCHORED,       "unanchored",       3, "No root document was given, so nothing can be trusted or refused for trust.", "Give --root FILE, or run where an enrolled agent answers.") \
 X(UNCHANGED,        "unchanged",        4, "Nothing changed, and --fail-unchanged was given.", "Nothing to do.") \
 X(NOT_FOUND,        "not-found",       10, "No such thing.", "Check the name against the list verbs.") \
 X(NOT_ENROLLED,     "not-enrolled",    10, "This endpoint has no roots, no ring and no floors yet.", "Make an enrolment on the mirror (sallyport-mirror enroll) and run: sallyport-agent enroll FILE.") \
 X(NOT_A_MEDIUM,     "not-a-medium",    10, "The source holds no sallyport tree.", "Give what sallyport-mirror export wrote: the folder that holds sallyport/FORMAT, a tar, an image or a device with it.") \
 X(RING_MISSING,     "ring-missing",    10, "The source carries no set of this endpoint's ring.", "Ask the mirror for an export of that ring.") \
 X(LOCKED,           "locked",          11, "Another process holds the lock.", "Wait for it, or stop the process that the message names.") \
 X(DENIED,           "denied",          12, "The caller may not do this.", "Become a member of the group that the message names.") \
 X(NO_AGENT,         "no-agent",        13, "The agent does not answer.", "Start it: sallyport-agent run.") \
 X(ALREADY_ENROLLED, "already-enrolled",23, "This endpoint is enrolled.", "Use enroll --replace; floors are kept.") \
 X(PEER_GONE,        "peer-gone",        1, "The other process ended in the middle of a conversation.", "See the log for why it ended, and try again.") \
 X(PROTOCOL,         "bad-message",      1, "Another process sent a message that breaks the protocol.", "The process was stopped; report it if it happens again.") \
 X(INTERRUPTED,      "interrupted",    130, "A signal asked the program to stop.", "Run the same command again; what was not whole was taken away.") \
 X(TIMEOUT,          "timeout",          1, "An answer did not come in time.", "Try again; see the log for the process that was slow.") \
 X(SANDBOX,          "sandbox-failed",   1, "The sandbox could not be entered, so the process refused to start.", "Use a kernel with seccomp and Landlock; the message names what is missing.") \
 X(STATE_CORRUPT,    "state-corrupt",    1, "The state database is damaged; imports are refused, loaded content keeps serving.", "Restore it from backup, or enrol again with --replace.") \
 X(CATALOG_CORRUPT,  "catalog-corrupt",  1, "The mirror's catalog is damaged or missing; nothing is published or exported.", "Restore the repository from its backup and check it with sallyport-mirror verify; floors that are ahead of it go down by rotate-root --request.") \
 X(AUDIT_BROKEN,     "audit-broken",     1, "The audit chain does not verify.", "Keep the file as evidence and tell your security officer.") \
 /* 20: documents, signatures, digests */ \
 X(BAD_DIGEST,       "bad-digest",      20, "Bytes do not have the digest that a signed document names.", "The medium is damaged or was changed: export it again.") \
 X(BAD_SIGNATURE,    "bad-signature",   20, "A signature does not verify.", "The document was changed: export it again.") \
 X(NOT_DER,          "not-der",         20, "The bytes are not strict DER.", "The document is damaged or was made by other software: export it again.") \
 X(BAD_CMS,          "bad-cms",         20, "The signed document does not follow the CMS profile (sallyport-set(5)).", "Make documents with sallyport-mirror only.") \
 X(ATTRIBUTE_MISSING,"attribute-missing",20,"A signed attribute that the profile demands is absent.", "Make documents with sallyport-mirror only.") \
 X(ATTRIBUTE_DUPLICATE,"attribute-duplicate",20,"A signed attribute occurs twice.", "Make documents with sallyport-mirror only.") \
 X(ATTRIBUTE_MISMATCH,"attribute-mismatch",20,"A signed attribute does not match what it speaks of.", "The document was put together from parts: export it again.") \
 X(WRONG_KIND,       "wrong-kind",      20, "The document is of another kind than its place says.", "The medium was changed: export it again.") \
 X(WEAK_ALGORITHM,   "weak-algorithm",  20, "Only ECDSA on P-384 with SHA-384 is accepted.", "Use keys that sallyport-mirror init makes, or P-384 keys of your own CA.") \
 X(SIGNER_UNKNOWN,   "signer-unknown",  20, "The signer's certificate is not in the document.", "Make documents with sallyport-mirror only.") \
 X(SAME_KEY_TWICE,   "same-key-twice",  20, "One key signed twice.", "Each signer must use a key of its own.") \
 X(EXTRA_CERTIFICATE,"extra-certificate",20,"The document carries a certificate that belongs to no signer's path.", "Make documents with sallyport-mirror only.") \
 X(CHAIN_ORDER,      "chain-order",     20, "The certificates are not the ordered path from signer to issuer.", "Make documents with sallyport-mirror only.") \
 X(UNTRUSTED_ROOT,   "untrusted-root",  20, "The chain does not end in a root of the newest root document.", "Check that the medium comes from your mirror; if roots were rotated, import the newer root documents.") \
 X(BAD_CERTIFICATE,  "bad-certificate", 20, "A certificate breaks the profile of the private chain.", "The message names the field; issue a correct certificate.") \
 X(PATH_LENGTH,      "path-length",     20, "A certificate issues further down than its path length allows.", "Issue leaves from the issuing CA only.") \
 X(WRONG_USAGE,      "wrong-usage",     20, "A certificate's key usage or extended key usage does not fit its role.", "Sign with the key of the right role.") \
 X(NOT_VALID_THEN,   "not-valid-then",  20, "A certificate was not valid at the timestamp's time.", "Sign again with a certificate that is valid.") \
 X(REVOKED,          "revoked",         20, "A certificate had been revoked by the timestamp's time.", "Ask the mirror's owner for documents signed by a current key.") \
 X(CRL_MISSING,      "crl-missing",     20, "A revocation list that the set was made under is absent or older.", "Export again; exports carry all lists.") \
 X(BAD_CRL,          "bad-crl",         20, "A revocation list is malformed or not signed by its issuer.", "Export again.") \
 X(WRONG_ROLE,       "wrong-role",      20, "The signer's certificate is for another role.", "Sign with the key of the right role.") \
 X(THRESHOLD,        "threshold",       20, "Fewer keys signed than the root document asks for.", "Let the other key holder cosign: sallyport-mirror cosign RING.") \
 X(TIMESTAMP_MISSING,"timestamp-missing",20,"A signature carries no timestamp.", "Sign with a timestamp authority configured.") \
 X(TIMESTAMP_IMPRINT,"timestamp-imprint",20,"A timestamp was made over another signature.", "The document was put together from parts: export it again.") \
 X(BAD_TIMESTAMP,    "bad-timestamp",   20, "A timestamp breaks the RFC 3161 profile.", "Use the built-in timestamp authority or one that answers SHA-384 with ESSCertIDv2.") \
 X(TIMESTAMP_WINDOW, "timestamp-window",20, "The timestamp's time does not fit the signing time, or the signers' times lie too far apart.", "An old signature cannot be given a new time: sign again.") \
 X(ROOT_GAP,         "root-gap",        20, "A root document does not follow the newest known one.", "Import a medium that carries every root document.") \
 X(ROOT_UNSIGNED,    "root-unsigned",   20, "A new root document is not signed by both its own and the previous root's keys.", "Rotate with sallyport-mirror rotate-root.") \
 X(BAD_DOCUMENT,     "bad-document",    20, "A signed document's JSON breaks its schema.", "The mirror that signed it is faulty or newer: see the message.") \
 X(BAD_RECIPE,       "bad-recipe",      20, "A recipe breaks its format.", "The mirror that wrote it is faulty: see the message.") \
 X(BAD_PACK,         "bad-pack",        20, "A pack breaks its format.", "The medium is damaged: export it again.") \
 X(BAD_FRAME,        "bad-frame",       20, "A frame matched its digest but could not be rebuilt into its chunk.", "The mirror that packed it is faulty: publish and export again.") \
 X(BAD_FORMAT_FILE,  "bad-format-file", 20, "sallyport/FORMAT does not say a version that this program reads.", "Use a medium of format 1.") \
 X(UNEXPECTED_FILE,  "unexpected-file", 20, "A file lies in the tree that no document lists, or has a name outside the format's patterns.", "Look at who wrote the medium; unlisted files are never read.") \
 X(MIXED_EXPORT,     "mixed-export",    20, "The files on the medium are not those that its export document lists.", "Export again onto an empty medium.") \
 /* 21: floors */ \
 X(ROLLBACK,         "rollback",        21, "The document is older than what was accepted before.", "Ask the mirror for a newer export; to go back to older content, let the mirror re-issue it.") \
 X(EQUIVOCATION,     "equivocation",    21, "Two signed documents claim the same place with different content.", "Treat as an incident: keep the medium and tell the mirror's owner.") \
 X(AHEAD_OF_RING,    "ahead-of-ring",   21, "What is installed is newer than what the ring carries; it is kept.", "Nothing to do until the ring passes it.") \
 /* 22: time */ \
 X(EXPIRED,          "expired",         22, "The set has passed its own expiry.", "Ask the mirror for a refresh of the ring.") \
 X(FROM_THE_FUTURE,  "from-the-future", 22, "The timestamp lies far ahead of the local clock.", "Correct the clock if it is wrong, or confirm this one import: sallyport import --confirm-time; otherwise treat as an incident.") \
 /* 23: policy and content */ \
 X(BLOCKED,          "blocked",         23, "Policy refuses this medium or content.", "The message names the rule.") \
 X(USB_DESCRIPTOR,   "usb-descriptor",  23, "A USB device's descriptors contradict themselves, so that nobody can tell what it is.", "Use another medium; keep this one as evidence where it was sound before.") \
 X(USB_NOT_STORAGE,  "usb-not-storage", 23, "A USB device is not storage and nothing else.", "Use a plain stick or disk: interfaces 08:06:50 and 08:06:62 only.") \
 X(USB_KEYBOARD,     "usb-keyboard",    23, "A USB device that should be storage is an input device, too: it can type.", "Treat as an incident: unplug it, keep it, and tell your security officer.") \
 X(USB_HIDDEN_KEYBOARD,"usb-hidden-keyboard",23,"A USB medium hangs on a hub that has an input device on it as well, so that both may be one thing.", "Plug the medium into a port of the machine itself, or let [media] trusted-hubs name the hub.") \
 X(USB_CHANGED,      "usb-changed",     23, "A USB device describes itself otherwise than when it was registered or seen before.", "Find out why; where it is explained, forget it and register it again: sallyport media forget, sallyport media register.") \
 X(USB_NO_SERIAL,    "usb-no-serial",   23, "A USB device has no serial number, so that it can't be told from its like.", "Use a medium with a serial number.") \
 X(USB_DUPLICATE_SERIAL,"usb-duplicate-serial",23,"Two USB devices have one identity: the same id and serial number.", "Unplug the other one; where they were never there at once, one is a copy: find out which.") \
 X(USB_NOT_ALLOWED,  "usb-not-allowed", 23, "No rule allows this USB device, and it is not registered.", "Register it: sallyport media register PORT; or write a rule (sallyport-agent.conf(5), [media]).") \
 X(OTHER_SET,        "other-set",       23, "The medium holds another set than the one that was looked at and confirmed.", "Find out who changed the medium; then look at it again, and confirm what it is now.") \
 X(WRONG_RING,       "wrong-ring",      23, "The set belongs to another ring than this endpoint.", "Ask for an export of this endpoint's ring, or for a ring change.") \
 X(SWITCHED_OFF,     "switched-off",    23, "The configuration store switches this feature off.", "See who did: sallyport config get KEY --origin; whoever owns the policy switches it on.") \
 X(RULE_OFF,         "rule-off",        23, "A rule was switched off earlier and is not called again.", "See why in the content's rules, and for how long; newer content brings it back at once.") \
 X(RULE_TIME,        "rule-time",       23, "A rule took more time than a rule may, so it was switched off for a while.", "Correct the rule: sallyport-rules(5) has the bounds. The other rules go on.") \
 X(RULE_MEMORY,      "rule-memory",     23, "A rule took more memory than a rule may, so it was switched off until newer content comes.", "Correct the rule: sallyport-rules(5) has the bounds. The other rules go on.") \
 X(RULE_FAILED,      "rule-failed",     23, "A rule raised an error.", "Correct the rule at the line that the message names; with LUA_ERRORS of them it is switched off for a while.") \
 X(WITHDRAWN,        "withdrawn",       23, "The mirror has declared this package known-bad.", "Take the content that replaces it.") \
 X(QUARANTINED,      "quarantined",     23, "This package failed here before and is not tried again.", "Take a newer package.") \
 X(REQUIRES,         "requires",        23, "The package needs another package that is not present.", "Import a set that carries what the message names.") \
 X(SCHEMA_RANGE,     "schema-range",    23, "The installed driver does not read this content's schema.", "Update the agent, or ask for content of the older schema.") \
 X(DRIVER_MISSING,   "driver-missing",  23, "No driver for this content type is installed.", "Install the driver that the message names.") \
 X(DRIVER_REFUSED,   "driver-refused",  23, "The driver refused the content.", "The message names type, file, line and what was expected; the content before stays in service.") \
 X(DRIVER_FAILED,    "driver-failed",   23, "The driver crashed, hung or passed its limits on this content.", "The content before stays in service; tell whoever made the content.") \
 X(DRIVER_KILLED,    "driver-killed",   23, "Something else than its parent killed the driver.", "See the system's log for who did, such as the kernel when memory ran out, and repeat.") \
 X(DRIVER_BROKEN,    "driver-broken",    1, "The driver ended, kept silent or greeted wrongly before it was given any content.", "Install the driver again; the log has its last words.") \
 X(FOREIGN_SERVER,   "foreign-server",  23, "Telemetry would go to a server that lies beneath no suffix this site has pinned.", "Publish telemsup with a server of the site, or add its suffix to [telemetry] in agent.conf.") \
 X(BAD_CONTENT,      "bad-content",     23, "The content breaks its source format.", "Correct the file and line that the message names.") \
 X(LIMIT,            "limit",           23, "Something is larger than its limit.", "The message names the limit; make it smaller.") \
 X(UNKNOWN_CODEC,    "unknown-codec",   23, "A recipe uses a codec that this program does not read.", "Update the agent, or ask for a full export.") \
 X(SECRET_NEEDED,    "secret-needed",    2, "A passphrase is needed and none was given.", "Give --passphrase-file FILE or --passphrase-fd N.") \
 X(WRONG_SECRET,     "wrong-secret",    23, "The passphrase or key does not open this.", "Check the passphrase; an enrolment is opened with the one printed when it was made.") \
 X(MEDIUM_MOUNTED,   "medium-mounted",  11, "The medium is mounted, so it can't be stopped.", "Unmount the folder that the message names (umount), then eject again.") \
 X(USB_UNTOLD,       "usb-untold",      23, "Which USB device this is can't be told, so it can't be judged.", "See the log for why sallyport-usb does not run or what sysfs lacks; a copy of the tree in a folder can be imported.") \
 /* 24: gaps */ \
 X(BASE_MISSING,     "base-missing",    24, "The package needs a base that is not installed.", "Ask the mirror for a full export, or for the one that the message names.") \
 X(VOLUME_MISSING,   "volume-missing",  24, "Frames are on another volume of this export.", "Import the volumes that the message names.") \
 /* 25: input and output */ \
 X(IO,               "io",              25, "Reading or writing failed.", "The message names the file and the system's reason.") \
 X(MEDIUM_GONE,      "medium-gone",     25, "The medium was removed or stopped answering.", "Insert it again and repeat; what was there before is untouched.") \
 X(MEDIUM_DAMAGED,   "medium-damaged",  25, "The medium ends early or cannot be read.", "Export again onto another medium.") \
 X(NO_SPACE,         "no-space",        25, "There is not enough free space.", "Free the amount that the message names and repeat.")
/* clang-format on */

#endif
