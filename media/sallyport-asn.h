/* SPDX-License-Identifier: ISC
 *
 * The compiled form of media/sallyport.asn, for libtasn1's asn1_array2tree(). Type names are
 * "SALLYPORT.SignedData" and so on. signing code encodes with it; reading code uses it as a second
 * check only (der_check_twice).
 */
#ifndef MEDIA_SALLYPORT_ASN_H
#define MEDIA_SALLYPORT_ASN_H

#include <libtasn1.h>

extern const asn1_static_node sallyport_asn[];

#endif
