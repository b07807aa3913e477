/* SPDX-License-Identifier: ISC
 *
 * Messages between sallyport-verify and whoever starts it: the monitor, or `sallyport inspect` on a
 * box without an agent. verify's answer is the only one that is believed about a medium.
 *
 * Started with: 3 frame socket, 4 log pipe, 5 socket to a reader. It opens the reader (ring),
 * enters its sandbox, then reads messages (media/base/frame.h). JSON bodies unless said otherwise.
 *
 * To verify, before the judgement:
 *
 *   VERIFY_ROOT      raw bytes of a root document that the asker trusts; versions in order, at
 *                    least the newest
 *   VERIFY_CRL       raw bytes of a kept revocation list; after the root documents
 *   VERIFY_SELFTEST  {}: sandbox_selftest() in every thread; answered by VERIFY_RESULT with id ""
 *                    and files = number of threads. Also later.
 *   VERIFY_JUDGE     {"mode":"import"|"inspect", "ring":NAME|null, "test_endpoint":bool,
 *                    "tokens":bool, "clock":{"local":TIME,"floor":TIME}, "ring_floor":FLOOR|null,
 *                    "floors":{TYPE:FLOOR}, "installed":{TYPE:package-id}, "only":[TYPE]|null,
 *                    "withdrawn":[package-id], "quarantined":[package-id],
 *                    "confirm_time":bool} and, where floor resets may be applied, "endpoint":NAME;
 *                    "bases":{TYPE:[package-id]} where recipes of that type may build on what lies
 *                    there whole, at most 3 of each
 *                    FLOOR = {"time":TIME,"number":N,"digest":HEX}; TIME as instant_format writes.
 *                    "installed" without a floor of that type satisfies no `requires`.
 *                    "confirm_time": an admin has confirmed that a genTime far ahead of the clock
 *                    is right.
 *
 * From verify, in this order:
 *
 *   VERIFY_DOCUMENT  one for each document that was looked at, good or not:
 *                    {"path", "kind":"root"|"crl"|"export"|"set"|"package", "code", "words",
 *                    "digest":HEX|null, "time":TIME|null, "checks":{flag:bool},
 *                    "signers":[{"name","key","signing_time","time"}], "summary":{kind's own}};
 *                    with "tokens":true also "content":base64|null (of an accepted one) and
 *                    "extract":[{"token":base64,"signature":base64}]
 *   VERIFY_NEW_ROOT  raw bytes of a root document that follows, in order
 *   VERIFY_NEW_CRL   raw: issuer [48] (SHA-384 of its SPKI), number u64, then the DER: the monitor
 *                    keeps the newest of each issuer without parsing one
 *   VERIFY_RECIPE    raw: package-id [48], recipe digest [48], package-id of the base that it builds
 *                    on [48] (zeros: none); one sealed memfd with the recipe; one for each package to
 *                    fetch
 *   VERIFY_PLAN      {"code", "words", "export":{"id","volume":k,"volumes":n}|null,
 *                    "set":{"ring","sequence","digest","time","expires","root_version","waves",
 *                      "withdrawn":[{"id","reason","link","harmful"}],"flags"}|null,
 *                    "set_answer":"newer"|"same"|"older"|"conflict"|null,
 *                    "packages":[{"type","id","version","issue","time":TIME|null,
 *                      "answer":"fetch"|"current"|"refused","code","words", and where the document
 *                      was read: "files","bytes","packed","sealed":KEYID|null,"schema":[lo,hi],
 *                      "abi":[lo,hi],"requires":[{"type","issue"}],
 *                      and where the medium has an export document: "volumes":[those of this
 *                      export that hold frames of it]}],
 *                    "resets":[{"root":N,"subject","time":TIME,"number":N}],
 *                    "files":{"listed","matching","missing","unlisted":[PATH],
 *                      "unmatched":[PATH]}}
 *                    A code other than "ok" refuses all: nothing is to be kept, "packages" is
 *                    empty. "resets" are those of new root documents that concern this endpoint:
 *                    the floors were judged with them. "set" may still name the set that was refused. The files are counted
 *                    in an inspection only, where every listed file is read and hashed.
 *   VERIFY_ERROR     {"code","words"} in place of anything: it could not judge; then it exits
 *
 * NEW_ROOT, NEW_CRL and RECIPE come only in an import that is not refused.
 *
 * Then, for each package to fetch, where one of its type lies there to be built on:
 *
 *   VERIFY_COMPARE   to verify: {"id":package-id}, the recipe that was kept with the other one as
 *                    descriptor
 *   VERIFY_SAME      from verify: {"id","files":N,"bytes":N}: how many files are the same in both,
 *                    and what they hold: they need no space where files can be linked
 *
 * And for each package whose files lie in staging:
 *
 *   VERIFY_STAGED    to verify: {"id":package-id}
 *   VERIFY_WANT      from verify: {"id","first":N,"names":[at most LIMIT_MESSAGE_FDS]}
 *   VERIFY_FILES     to verify: raw: u32 first; the descriptors of those files in that order
 *   VERIFY_RESULT    from verify: {"id","code","words","files":N}: every file and every chunk has
 *                    its content digest, or not. WANT and FILES repeat before it.
 *
 * Content that is installed is judged by a verify of its own, which is started without 5 and knows no
 * medium; for each package:
 *
 *   VERIFY_CONTENT   to verify: {"id":package-id, "digest":of its recipe}, the recipe as descriptor;
 *                    then WANT, FILES and RESULT as above
 *
 * It exits when the socket closes.
 */
#ifndef AGENT_CONTROL_VERIFY_PROTOCOL_H
#define AGENT_CONTROL_VERIFY_PROTOCOL_H

enum verify_message {
    VERIFY_ROOT = 1,
    VERIFY_CRL,
    VERIFY_JUDGE,
    VERIFY_STAGED,
    VERIFY_FILES,
    VERIFY_SELFTEST,
    VERIFY_CONTENT,
    VERIFY_COMPARE,
    VERIFY_DOCUMENT = 32,
    VERIFY_NEW_ROOT,
    VERIFY_NEW_CRL,
    VERIFY_RECIPE,
    VERIFY_PLAN,
    VERIFY_WANT,
    VERIFY_RESULT,
    VERIFY_ERROR,
    VERIFY_SAME
};

#endif
