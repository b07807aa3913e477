/* SPDX-License-Identifier: ISC
 *
 * Messages between sallyport-verify and whoever starts it: the monitor, or `sallyport inspect` on a
 * box without an agent. verify's answer is the only one that is believed about a medium.
 *
 * Started with: 3 frame socket, 4 log pipe, 5 socket to a reader. It opens the reader (ring),
 * enters its sandbox, then reads messages (media/base/frame.h). JSON bodies unless said otherwise.
 *
 * To verify:
 *   VERIFY_ROOT    raw bytes of a root document that the asker trusts, version 1..n in order (at
 * least the newest) VERIFY_CRL     raw bytes of a kept CRL VERIFY_JUDGE {"mode":"import"|"inspect",
 * "ring":NAME|null, "test_endpoint":bool, "tokens":bool, "clock":{"local":RFC3339,"floor":RFC3339},
 * "ring_floor":FLOOR|null, "floors":{TYPE:FLOOR,...}, "installed":{TYPE:package-id,...},
 * "only":[TYPE,...]|null, "withdrawn":[package-id...], "quarantined":[package-id...]} FLOOR =
 * {"time":RFC3339,"number":N,"digest":HEX} VERIFY_FILES   raw: u32 first file index; descriptors of
 * the staged files first.. in the order that VERIFY_WANT asked VERIFY_SELFTEST {}: run
 * sandbox_selftest() in every thread
 *
 * From verify, after VERIFY_JUDGE, in this order:
 *   VERIFY_DOCUMENT (one for each document looked at)
 * {"path","kind","code","words","digest","time","checks":{flag:bool,...},
 *                    "signers":[{"name","key","signing_time","time"}], "summary":{kind's own
 * fields}}; with "tokens":true also "extract":[{"token":base64,"signature":base64}],
 * "content":base64 of the JSON|null (not accepted)   VERIFY_NEW_ROOT
 * raw bytes of root document that follows, in order;  VERIFY_NEW_CRL raw: issuer [48] (SHA-384 of its
 * SPKI), number u64, then the DER: the monitor keeps the newest of each issuer without parsing one
 *   VERIFY_RECIPE   raw:
 * package-id [48], recipe digest [48]; one sealed memfd with the recipe, for each package to fetch
 *   VERIFY_PLAN     {"code","words",
 * "set":{"ring","sequence","digest","time","expires","root_version","waves":{...},
 *                     "withdrawn":[{"id","reason","link","harmful"}],"flags":{...}}|null,
 * "set_answer":"newer"|"same"|...,
 *                    "packages":[{"type","id","version","issue","time","answer":"fetch"|"current"|"refused","code","words",
 *                      "files","bytes","packed","sealed","schema":[lo,hi],"abi":[lo,hi],"requires":[{"type","issue"}]}],
 *                    "files":{"listed","matching","missing","unlisted":[PATH...]} (inspect: every
 * listed file read and hashed)} VERIFY_ERROR    {"code","words"}: it could not judge at all; then
 * it exits Then for staged files, driven by verify after VERIFY_STAGED {"id":package-id} from the
 * monitor: VERIFY_WANT     {"id","first":N,"names":[...at most LIMIT_MESSAGE_FDS...]}  -> answered
 * by VERIFY_FILES VERIFY_RESULT   {"id","code","words","files":N}: every file and chunk has its
 * content digest, or not It exits when the socket closes.
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
    VERIFY_DOCUMENT = 32,
    VERIFY_NEW_ROOT,
    VERIFY_NEW_CRL,
    VERIFY_RECIPE,
    VERIFY_PLAN,
    VERIFY_WANT,
    VERIFY_RESULT,
    VERIFY_ERROR
};

#endif
