/* The Azure clouds: which suffix a vault's host has there, which resource its tokens are for, who issues them.
 *
 * A new cloud is a new row of the table in cloud.c. Everything points to static bytes.
 *
 * Source: azure-protocol section 10.1.
 */
#ifndef AZFOB_AZURE_CLOUD_H
#define AZFOB_AZURE_CLOUD_H

#include "base/slice.h"

struct cloud {
    slice vault_suffix; /* "vault.azure.net" */
    slice hsm_suffix;   /* empty where the cloud has no managed HSM */
    slice authority;    /* host of the token service */
};

/* The cloud whose token service has this host (any case, its aliases too); NULL: none that we know. An empty
 * authority is the public cloud's. */
const struct cloud *cloud_of_authority(slice authority_host);

/* Is this the host of a vault or managed HSM of a known cloud? Then *resource is what its tokens are for, without a
 * final slash: with one, the vault answers 401 AKV10022. */
bool cloud_of_vault(slice host, slice *resource);

#endif
