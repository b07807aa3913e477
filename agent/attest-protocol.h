/* SPDX-License-Identifier: ISC
 *
 * Messages between the monitor and sallyport-attest, which alone reads the endpoint's private key.
 *
 * Started with: 3 frame socket, 4 log pipe, 5 the key file: open for writing and empty before
 * ATTEST_CREATE, open for reading before ATTEST_SIGN. One message, one answer, then it ends.
 *
 *   ATTEST_CREATE  to it: the endpoint's name. It makes a key and a certificate of it, writes both to
 *                  5 (PEM) and answers ATTEST_CREATED without a body; the monitor gives the file its
 *                  name.
 *   ATTEST_SIGN    to it: the statement, at most LIMIT_STATEMENT_BYTES. Answered by ATTEST_SIGNED:
 *                  u32 size of the certificate, the certificate (PEM), CMS SignedData (DER)
 *   ATTEST_ERROR   from it: {"code","words"} in place of either answer
 */
#ifndef AGENT_ATTEST_PROTOCOL_H
#define AGENT_ATTEST_PROTOCOL_H

enum attest_message {
    ATTEST_CREATE = 1,
    ATTEST_CREATED,
    ATTEST_SIGN,
    ATTEST_SIGNED,
    ATTEST_ERROR,
};

#endif
