/* The roots that are trusted without --ca: those that Azure's endpoints use, in all clouds.
 *
 * Memory:  constant, in the executable.
 * Source:  azure-protocol section 10.2. vendor/roots/ has the certificates, vendor/anchors makes the C of them.
 */
#ifndef AZFOB_NET_ANCHORS_H
#define AZFOB_NET_ANCHORS_H

#include <bearssl.h>

extern const br_x509_trust_anchor anchors_built_in[];
extern const size_t anchors_built_in_count;

#endif
