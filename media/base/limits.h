/* SPDX-License-Identifier: ISC
 *
 * Every bound on what comes from outside, with its unit and the reason for the number.
 * A refusal names the limit by the part after LIMIT_. Sizes are checked before bytes are read.
 */
#ifndef MEDIA_BASE_LIMITS_H
#define MEDIA_BASE_LIMITS_H

#define KIB 1024UL
#define MIB (1024UL * KIB)
#define GIB (1024UL * MIB)

/* Documents (sallyport-set.5). bytes */
#define LIMIT_SET_BYTES            (4 * MIB) /* 16 types, 64 signers, thousands of withdrawn ids */
#define LIMIT_PACKAGE_BYTES        (1 * MIB) /* a package document lists recipes, not files */
#define LIMIT_ROOT_BYTES           (256 * KIB) /* roots as PEM, a few resets */
#define LIMIT_EXPORT_BYTES         (4 * MIB)   /* one row a file: 4,096 packs and the documents */
#define LIMIT_RECEIPT_BYTES        (1 * MIB)   /* one row a content type */
#define LIMIT_CRL_BYTES            (1 * MIB)   /* about 25,000 revoked certificates */
#define LIMIT_FORMAT_BYTES         64          /* "sallyport 1" LF */
#define LIMIT_ENROLMENT_BYTES      (1 * MIB)   /* roots, keys, token */
#define LIMIT_REQUEST_BYTES        (16 * KIB)  /* names, a floor and a reason, escaped */
#define LIMIT_KEY_FILE_BYTES       (64 * KIB)  /* one PKCS#8 private key is below 1 KiB */
#define LIMIT_KDF_ITERATIONS       2000000     /* of PBKDF2-HMAC-SHA512: about 2 s */
#define LIMIT_KDF_ITERATIONS_LEAST 100000 /* fewer would make a given passphrase cheap to guess */

/* CMS, chains, DER */
#define LIMIT_SIGNERS                64 /* people who sign one document */
#define LIMIT_CHAIN_CERTIFICATES     6  /* leaf, issuing CAs, root: two levels more than we make */
#define LIMIT_CERTIFICATES           (LIMIT_SIGNERS * 2 + 8) /* distinct certificates a document */
#define LIMIT_CERTIFICATE_BYTES      (16 * KIB) /* a P-384 certificate is below 2 KiB */
#define LIMIT_DER_DEPTH              16         /* an issuer's name inside a token's ESSCertIDv2 */
#define LIMIT_DER_DEPTH_DOCUMENT     24 /* the same token, 8 levels down inside a document */
#define LIMIT_CERTIFICATE_EXTENSIONS 16 /* ours have 5 or 6 */
#define LIMIT_SERIAL_BYTES           20 /* RFC 5280 4.1.2.2 */
#define LIMIT_NONCE_BYTES            32 /* of a timestamp request; ours has 16 */
#define LIMIT_ACCURACY_SECONDS       60 /* a token that says worse proves no time */
#define LIMIT_TOKEN_BYTES            (64 * KIB) /* an RFC 3161 token with its path */
#define LIMIT_ROOT_CERTIFICATES      16   /* roots in one root document, overlap of rotations */
#define LIMIT_ROOT_DOCUMENTS         4096 /* rotations ever; 12 on one stick is usual */
#define LIMIT_CRLS                   64   /* issuers */
#define LIMIT_CRL_ENTRIES            25000

/* JSON. */
#define LIMIT_JSON_DEPTH    8     /* levels; the deepest document has 5 */
#define LIMIT_NAME_BYTES    64    /* type, ring, endpoint, flag names */
#define LIMIT_VERSION_BYTES 64    /* content version for people and engines */
#define LIMIT_NOTES_BYTES   4096  /* notes, reasons */
#define LIMIT_LINK_BYTES    512   /* URLs that are shown, never followed */
#define LIMIT_RINGS         16    /* release groups of one site */
#define LIMIT_SET_PACKAGES  64    /* content types in one set */
#define LIMIT_WITHDRAWN     4096  /* known-bad package ids in one set */
#define LIMIT_WAVES         16    /* steps of one wave plan */
#define LIMIT_RECIPES       16    /* bases a package offers */
#define LIMIT_REQUIRES      16    /* packages a package needs */
#define LIMIT_FLAGS         256   /* feature flags in one set */
#define LIMIT_FLAG_ROWS     64    /* sites and shares of one flag */
#define LIMIT_FLOOR_RESETS  256   /* signed floor resets in one root document */
#define LIMIT_EXPORT_FILES  15000 /* rows an export document holds in its 4 MiB */

/* Exports in volumes */
#define LIMIT_EXPORT_PACKAGES 1024 /* RINGS times SET_PACKAGES */
#define LIMIT_VOLUMES         1024 /* media of one export, which people change by hand */

/* Recipes, frames, packs */
#define LIMIT_RECIPE_BYTES    (256 * MIB)
#define LIMIT_PACKAGE_FILES   1000000       /* files a package */
#define LIMIT_CHUNKS          4000000       /* rows a recipe: what 256 MiB can hold, rounded */
#define LIMIT_FRAME_BYTES     (1 * MIB)     /* packed and plain */
#define LIMIT_BASE_BYTES      (2 * MIB)     /* of a base package that one chunk builds on */
#define LIMIT_BASE_FILES      128           /* files that such a range may touch */
#define LIMIT_RECORD_BYTES    256           /* of one record of a sorted list */
#define LIMIT_CONTENT_BYTES   (64 * GIB)    /* plain bytes a package */
#define LIMIT_PACK_BYTES      (4 * GIB - 1) /* largest file FAT32 holds */
#define LIMIT_PACKS           4096          /* packs a medium */
#define LIMIT_PACK_FRAMES     8000000       /* index rows: 4 GiB of 512-byte entries */
#define LIMIT_INDEX_BYTES     (8 * MIB)     /* sallyport/INDEX: 60,000 names, as a message holds */
#define LIMIT_FOLDER_NAMES    7000          /* names in one folder, FAT's directory limit */
#define LIMIT_ZSTD_WINDOW_LOG 23            /* 8 MiB */
#define LIMIT_PATH_COMPONENT  255           /* bytes */
#define LIMIT_PATH_DEPTH      16            /* components */
#define LIMIT_PATH_BYTES      4095          /* bytes of a whole name */

/* Messages between processes */
#define LIMIT_MESSAGE_BYTES (8 * MIB)  /* largest frame body: a set document and its report */
#define LIMIT_MESSAGE_FDS   32         /* descriptors a message; the kernel's bound is 253 */
#define LIMIT_REPORT_BYTES  (64 * MIB) /* a report as a file: a message, each byte with its markup */
#define LIMIT_STATEMENT_BYTES                                                                      \
    (4 * KIB)                     /* an attestation: its fields, a name with every byte escaped */
#define LIMIT_FILE_NAME       255 /* bytes of a file's name in an attestation: NAME_MAX */
#define LIMIT_CONTROL_BYTES   (256 * KIB) /* one request on the control socket */
#define LIMIT_CONTROL_CLIENTS 64          /* connections at once */
#define LIMIT_LOG_LINE        1024        /* bytes of one line from a child */

/* Fetching a package (agent/import-pace.h) */
#define LIMIT_FETCH_S          3600 /* beside the time of its bytes: kept parts are read, files flushed */
#define LIMIT_FETCH_SLOW_BYTES 4096 /* plain bytes a second on average, as SERVE_SLOW_BYTES */
#define LIMIT_FETCH_SILENCE_S  600  /* between two messages: a disk flushes, packs are looked for */
#define LIMIT_FETCH_PROGRESS   20   /* messages a second on average; intake sends ten */
#define LIMIT_FETCH_BYTES                                                                          \
    (LIMIT_CHUNKS * (LIMIT_FRAME_BYTES + LIMIT_BASE_BYTES)) /* that are read for one package */
#define LIMIT_WANT_ROW_BYTES                                                                       \
    16 /* of recipes for each request for files: a chunk's row of 121 may need five, a file's of 64 two */

/* Images */
#define LIMIT_PARTITIONS    128 /* of a medium: a GPT has room for as many */
#define LIMIT_IMAGE_CPU_S   30  /* processor time of one request; a sound one takes far below 1 s */
#define LIMIT_IMAGE_FOLDERS 64  /* whose names are kept; a tree has some 20 */

/* USB devices */
#define LIMIT_USB_DEVICES     512        /* present at once; 4 buses full of them */
#define LIMIT_USB_DESCRIPTORS (64 * KIB) /* bytes of one device, all configurations */
#define LIMIT_USB_INTERFACES  64         /* kinds of one device; a busy composite has 10 */
#define LIMIT_USB_TEXT        1008 /* bytes of a string, escaped: 126 units of UTF-16, 8 each */
#define LIMIT_USB_DEPTH       6    /* ports below a root hub: USB 2.0 4.1.1 has 7 tiers */
#define LIMIT_USB_PORT        31   /* bytes of "255-255.255.255.255.255.255" and more */
#define LIMIT_USB_BLOCKS      32   /* disks and partitions of one device */
#define LIMIT_USB_RULES       64   /* of one configuration */
#define LIMIT_USB_RULE_BYTES  1024 /* of one rule as text */
#define LIMIT_USB_RULE_VALUES 16   /* in one pair of braces */

/* What the sensor reads and keeps */
#define LIMIT_SENSOR_PATHS        (8 * MIB) /* of programs, shared by parent and child */
#define LIMIT_SENSOR_STATUS_BYTES 4096 /* of /proc/PID/status and stat: usual ones have 1,500 */
#define LIMIT_SENSOR_QUEUE_BYTES  (8 * MIB) /* of process events in the kernel: some 10,000 */
#define LIMIT_SENSOR_MOUNTS       4096      /* of one machine with many containers */
#define LIMIT_SENSOR_MOUNTS_BYTES (4 * MIB) /* of mountinfo: 1 KiB a mount */
#define LIMIT_SENSOR_STARTS       256  /* programs being started: each a descriptor until it runs */
#define LIMIT_SENSOR_DIGESTS      4096 /* of files, remembered */
#define LIMIT_SENSOR_HAND_MS      2000 /* until marks are set: a few microseconds a mount */
#define LIMIT_SENSOR_MONITOR_MS   10000  /* for who made the service manager start it to come in */
#define LIMIT_SENSOR_LISTENERS    8192   /* sockets at once */
#define LIMIT_SENSOR_HOLDER_LOOKS 100000 /* descriptors of processes, to find whose one is: 0.1 s */

/* Tar files as a source */
#define LIMIT_TAR_ENTRIES       32768      /* of any kind: twice an export's EXPORT_FILES */
#define LIMIT_TAR_HEADER_BYTES  (64 * KIB) /* of one entry: a name of PATH_BYTES, attributes */
#define LIMIT_TAR_HEADERS_BYTES (64 * MIB) /* of all: an extended one for each entry */
#define LIMIT_TAR_END_BYTES     (4 * MIB)  /* behind the last entry: bsdtar's largest tape record */

/* HTTP: what a reader takes, and what serve gives */
#define LIMIT_URL_BYTES          1024        /* of a mirror */
#define LIMIT_CA_BYTES           (256 * KIB) /* pinned authorities of a mirror, PEM */
#define LIMIT_HTTP_HEADER_BYTES  (16 * KIB)  /* of one answer, all its lines */
#define LIMIT_HTTP_TRIES         3           /* of one request that broke off */
#define LIMIT_HTTP_REQUEST_S     90          /* all tries: below the 120 s that a reader is given */
#define LIMIT_HTTP_SLOW_S        10          /* on average below the next for this long: given up */
#define LIMIT_HTTP_SLOW_BYTES    1024        /* bytes a second */
#define LIMIT_SERVE_CONNECTIONS  512         /* clients at once; more wait */
#define LIMIT_SERVE_PER_ADDRESS  64   /* of these from one address: a site behind one router */
#define LIMIT_SERVE_REQUEST_S    15   /* for a whole request, and without any byte */
#define LIMIT_SERVE_SLOW_BYTES   4096 /* bytes a second that a client takes at least */
#define LIMIT_SERVE_HEADER_BYTES (16 * KIB) /* of one request, and of its answer's lines */

/* Drivers (sallyport-driver.7) */
#define LIMIT_DRIVER_FILES       4000      /* files of a content, each a descriptor: below 4,096 */
#define LIMIT_DRIVER_FILE_BYTES  (4 * GIB) /* one file of a content, plain */
#define LIMIT_DRIVER_MESSAGE     (1 * MIB) /* one request or reply; files travel as descriptors */
#define LIMIT_DRIVER_DEADLINE_MS 30000     /* default for one request */
#define LIMIT_DRIVER_SILENCE_MS  10000     /* no heartbeat for this long within a request: hung */
#define LIMIT_REPUTATION_BYTES                                                                     \
    (68 * KIB)                          /* of the keys of one request: 1,024 hashes, a line each */
#define LIMIT_REPUTATION_BATCH     1024 /* keys of one request: an answer with names is < 1 MiB */
#define LIMIT_FLAGS_BYTES          (256 * KIB) /* flags.json: about 4,000 rows */
#define LIMIT_FLAGS_RELEASES       64          /* software releases in one supplement */
#define LIMIT_FLAGS_NAMES          256         /* flags of one release */
#define LIMIT_TELEMETRY_BYTES      (32 * KIB) /* telemetry.json: all its headers, every byte escaped */
#define LIMIT_DESTINATION_HEADERS  16         /* of a request, beyond those that the sender sets */
#define LIMIT_DESTINATION_NAME     64         /* bytes of a header's name */
#define LIMIT_DESTINATION_VALUE    256        /* bytes of a header's value */
#define LIMIT_DESTINATION_ROOT     255        /* bytes of resourceRoot */
#define LIMIT_TELEMETRY_INTERVAL_S 3600       /* at least so long between two: no endpoint floods */
#define LIMIT_TELEMETRY_LONGEST_S  2592000    /* 30 days: older counts tell nobody anything */

/* Reputation: its sources, and what is made of them (sallyport-hash-index.5) */
#define LIMIT_SIGNER_BYTES 512  /* a signer as text: an issuer's name and a number */
#define LIMIT_SOURCE_LINE  4096 /* bytes of one line: a key, a verdict and a name are below 1,024 */
#define LIMIT_NSRL_STEPS   100000000 /* SQLite's steps without a row: a table needs a hundred */

/* Rules in the form of others, which publish --from converts */
#define LIMIT_YAML_BYTES       (128 * KIB) /* of one file: a Sigma rule with 2,000 names has 60 KiB */
#define LIMIT_YAML_DEPTH       16          /* levels; a Sigma rule has 6 */
#define LIMIT_YAML_ITEMS       20000       /* of one file: a value for each 6 bytes of it */
#define LIMIT_YAML_KEYS        256         /* of one map: each is compared with all before it */
#define LIMIT_SIGMA_FINDINGS   16          /* told of one rule file */
#define LIMIT_SIGMA_NODES      4096        /* tests and what joins them, of one rule */
#define LIMIT_SIGMA_SELECTIONS 64          /* of one rule; Lua has 200 local names */
#define LIMIT_SIGMA_NAME       64          /* bytes of a selection's name */
#define LIMIT_SIGMA_TITLE      256         /* bytes */
#define LIMIT_SIGMA_CONDITION  4096        /* bytes */
#define LIMIT_SIGMA_DEPTH      32          /* of not and parentheses; both sides recurse */
#define LIMIT_SIGMA_TECHNIQUES 16          /* ATT&CK techniques of one rule */
#define LIMIT_SIGMA_TRIES      512         /* events that are tried for a selftest case */

/* Remapper rules, policy documents and the settings that come of them (sallyport-driver.7) */
#define LIMIT_RULE_FILES       64        /* of one content: a file for each part of a product */
#define LIMIT_RULE_BYTES       (1 * MIB) /* of one rule file */
#define LIMIT_RULE_MAPS        64        /* of one key */
#define LIMIT_XPATH_BYTES      1024      /* of one select */
#define LIMIT_XPATH_CPU_MS     1000 /* of one rule file: strings take time but no steps of XPath */
#define LIMIT_REMAP_CPU_MS     8000 /* of all rule files: an answer is due in 30 s */
#define LIMIT_XML_DEPTH        64   /* levels; the parser and XPath recurse */
#define LIMIT_XML_ATTRIBUTES   64   /* of one element: each is compared with all before it */
#define LIMIT_RULE_KEYS        256  /* of one rule file */
#define LIMIT_SETTING_NAME     128  /* bytes of a key: its parts and what lies between them */
#define LIMIT_SETTING_PARTS    8    /* of a key, between slashes */
#define LIMIT_SETTING_BYTES    4096 /* of a value as text: a long list of names */
#define LIMIT_SETTING_ITEMS    256  /* of a value that is a list */
#define LIMIT_POLICY_BYTES     (1 * MIB) /* one policy document; those of a large site have 100 KiB */
#define LIMIT_POLICY_DOCUMENTS 64        /* of one endpoint, signed and the site's together */

/* Lua rules (sallyport-rules.5), and the events that they react to */
#define LIMIT_LUA_MEMORY           (64 * MIB) /* of one driver's interpreter: thousands of rules take 10 */
#define LIMIT_LUA_CALL_MEMORY      (8 * MIB)  /* that one call may add */
#define LIMIT_LUA_RULES            4000       /* files of a content: DRIVER_FILES */
#define LIMIT_LUA_RULE_BYTES       (64 * KIB) /* of one rule's text */
#define LIMIT_LUA_CALL_US          20000      /* of one reaction: a usual one takes below 10 us */
#define LIMIT_LUA_LOAD_US          200000     /* of one file's loading, and of one selftest case */
#define LIMIT_LUA_WINDOW_US        10000000 /* over which a rule's share of the time is looked at */
#define LIMIT_LUA_SHARE_US         2500000  /* of one rule within that: a quarter of a core */
#define LIMIT_LUA_ERRORS           3        /* of one rule within the window: off */
#define LIMIT_LUA_PAUSE_S          60       /* s that a rule is off at first, then twice as long */
#define LIMIT_LUA_PAUSE_MOST_S     3600     /* s of the longest such pause */
#define LIMIT_LUA_STUCK_US         200000   /* beyond a budget: the process ends */
#define LIMIT_LUA_KEPT             256      /* functions of one rule that a family keeps */
#define LIMIT_LUA_VALUES           10000    /* in one value that crosses between Lua and JSON */
#define LIMIT_LUA_VALUE_DEPTH      8        /* levels of it */
#define LIMIT_LUA_ID_BYTES         64       /* of a rule's id */
#define LIMIT_LUA_TITLE_BYTES      200      /* of a rule's title */
#define LIMIT_LUA_SELFTESTS        64       /* of one rule */
#define LIMIT_LUA_HANDLERS         16       /* on() of one rule */
#define LIMIT_LUA_TEXT             (64 * KIB)  /* bytes of a text that a function takes or makes */
#define LIMIT_LUA_PATTERN          1024        /* bytes of a glob or an expression */
#define LIMIT_LUA_MATCH_STEPS      100000      /* PCRE2's match limit: 1 ms at the most */
#define LIMIT_LUA_PATTERNS         64          /* expressions of one rule: each is kept compiled */
#define LIMIT_LUA_STATE_KEYS       10000       /* that one rule may hold by state.set */
#define LIMIT_LUA_STATE_KEY        256         /* bytes of such a key: a path mostly */
#define LIMIT_LUA_STATE_BYTES      (32 * MIB)  /* that all rules together hold so */
#define LIMIT_LUA_PROVIDED         1024        /* names that all product rules provide */
#define LIMIT_LUA_LOG_BYTES        200         /* of one line of log() */
#define LIMIT_LUA_LOG_LINES        10          /* of one rule a second */
#define LIMIT_LUA_DETECTIONS       60          /* of one rule a minute; more are counted */
#define LIMIT_LUA_FACTS            32          /* of one detection */
#define LIMIT_LUA_FACT_BYTES       4096        /* of one fact */
#define LIMIT_LUA_DETECTION_BYTES  (16 * KIB)  /* of all facts of one detection: a message's fit */
#define LIMIT_NEWS_DETECTIONS      240         /* of all a minute: no one rule drowns the others */
#define LIMIT_NEWS_RULES_OFF       60          /* a minute: each is a record of the audit chain */
#define LIMIT_FILTER_SUBSCRIPTIONS 4096        /* of one channel: on() of all rules */
#define LIMIT_FILTER_BYTES         (768 * KIB) /* of them all as one message's JSON */
#define LIMIT_FILTER_TERMS         8           /* fields of one where=, and of one by= */
#define LIMIT_FILTER_GROUPS        65536       /* that windows are open for: 4 MiB */
#define LIMIT_FILTER_COUNT         1000000     /* that a limit= counts to */
#define LIMIT_FILTER_WINDOW_S      86400       /* a day */
#define LIMIT_EVENT_ARGUMENTS      256         /* of one argv; more are cut off */
#define LIMIT_EVENT_ARGV_BYTES     4096        /* of one argv as a whole, a NUL after each */
#define LIMIT_EVENT_TEXT           4096        /* bytes of any other text: PATH_MAX */
#define LIMIT_EVENT_HASH_BYTES     (64 * MIB)  /* of a file whose digest an event carries */
#define LIMIT_EVENT_PROCESSES      32768 /* that the sensor knows: pid_max of a usual machine */
#define LIMIT_REPLAY_BYTES         (64 * MIB) /* of a recording of events */
#define LIMIT_DRIVER_CALL_BYTES                                                                    \
    (96 * KIB)                   /* of one question of a driver, or its answer: 64 KiB of a
                                             file, escaped in part */
#define LIMIT_DRIVER_CALLS 10000 /* that one request may ask */

/* Repairs of our own files (sallyport-agent.8) */
#define LIMIT_PRISTINE_BYTES    (32 * KIB)  /* the list: 64 lines of 104 bytes and a name */
#define LIMIT_PRISTINE_FILES    64          /* programs of ours; there are some 20 */
#define LIMIT_PROGRAM_BYTES     (64 * MIB)  /* one of them, with its debug symbols */
#define LIMIT_REPAIR_HASH_BYTES (256 * MIB) /* a file that a repair asks the digest of: 1 s */
#define LIMIT_REPAIR_PAUSE_S    3000        /* between two of the same: once in each hourly look */
#define LIMIT_REPAIR_CALLS      1000        /* of one run, questions among them */
#define LIMIT_REPAIR_CHANGES    64          /* of one run: what needs more needs a person */
#define LIMIT_REPAIR_ROWS       256         /* repairs that are remembered, and as many rules */
#define LIMIT_REPAIR_RULES      64          /* failed rules that one run tells of by name */

/* Removable media */
#define LIMIT_BLOCK_NODE_BYTES   32  /* "nvme0n1p1": DISK_NAME_LEN of Linux is 32 with its NUL */
#define LIMIT_BLOCK_USB          8   /* USB devices below one block device: an array of sticks */
#define LIMIT_MEDIUM_LABEL_BYTES 128 /* purpose or owner of a registered one: a line of a list */

/* Inventory: what appfeed and userappfeed may learn of an endpoint */
#define LIMIT_INVENTORY_MESSAGE                                                                    \
    (96 * KIB) /* one question or answer: a file's text, in part escaped */
#define LIMIT_INVENTORY_READ    (64 * KIB) /* of one file; a configuration has a few */
#define LIMIT_INVENTORY_NAMES   256        /* of one folder that are told */
#define LIMIT_INVENTORY_FOLDER  16384 /* names in a folder that is listed; /usr/bin has 3,000 */
#define LIMIT_INVENTORY_FILE    (64 * KIB) /* of a unit, a desktop entry, os-release */
#define LIMIT_EXCLUSION_PATH    1024       /* bytes of an exclusion's path */
#define LIMIT_EXCLUSION_REASON  256        /* bytes of what a rule says for it */
#define LIMIT_EXCLUSION_ROWS    2048       /* of one run, all users: an answer of 4 MiB */
#define LIMIT_EXCLUSION_APPS    4000       /* of one answer: a rule a file, DRIVER_FILES */
#define LIMIT_EXCLUSIONS        64         /* of one application */
#define LIMIT_EXCLUSION_USERS   64         /* whose homes are looked at; a login server has more */
#define LIMIT_DPKG_STATUS_BYTES (64 * MIB) /* 50,000 packages with their descriptions */
#define LIMIT_DPKG_PACKAGES     100000     /* installed; all of Debian 12 has 64,000 */

#endif
