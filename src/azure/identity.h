/* Where this machine's tokens come from: the table of sources, the order of detection, and the talk with each.
 *
 * Shape:   identity_setting filled from options and environment; identity_choose; then identity_start for each resource
 *          and the talk as azure/talk.h has it. At WANT_DONE `token` and `expires_at` are set.
 * Memory:  slices of the setting live as long as the talk. The token points into the answer's body.
 * Errors:  no or half an identity is 78, refused is 77, unreachable 69, again and again 75, not to be believed 76.
 * Source:  azure-protocol sections 1 (IMDS) and 8 (order of detection).
 */
#ifndef AZFOB_AZURE_IDENTITY_H
#define AZFOB_AZURE_IDENTITY_H

#include "azure/talk.h"

enum identity_source {
    IDENTITY_AUTO,
    IDENTITY_IMDS,
    IDENTITY_APP_SERVICE,
    IDENTITY_ARC,
    IDENTITY_SERVICE_FABRIC,
    IDENTITY_CLOUD_SHELL,
    IDENTITY_AZURE_ML,
    IDENTITY_WORKLOAD,
    IDENTITY_TOKEN_FILE,
};

/* The variables that say where an identity is; an empty one is as if it were not set. */
enum identity_variable {
    VARIABLE_IDENTITY_ENDPOINT,
    VARIABLE_IDENTITY_HEADER,
    VARIABLE_IDENTITY_SERVER_THUMBPRINT,
    VARIABLE_IMDS_ENDPOINT,
    VARIABLE_MSI_ENDPOINT,
    VARIABLE_MSI_SECRET,
    VARIABLE_AZURE_FEDERATED_TOKEN_FILE,
    VARIABLE_AZURE_TENANT_ID,
    VARIABLE_AZURE_POD_IDENTITY_AUTHORITY_HOST,
    IDENTITY_VARIABLES,
};
extern const slice identity_variable_name[IDENTITY_VARIABLES];

/* So that every request fits its room, and what is too long is said before any I/O. A resource id has about 350 bytes. */
enum { IDENTITY_RESOURCE_BYTES_MAX = 512, IDENTITY_SELECTOR_BYTES_MAX = 512 };

struct identity_setting {
    enum identity_source source;
    slice client_id, object_id, resource_id; /* at most one is not empty; IDENTITY_SELECTOR_BYTES_MAX */
    slice variable[IDENTITY_VARIABLES];
};

struct identity {
    struct talk talk; /* first, so that a talk is its identity */
    const struct identity_setting *setting;
    slice resource;
    int64_t now; /* Unix seconds, for life times */
    unsigned tries;
    slice token;
    int64_t expires_at;
};

/* Resolves IDENTITY_AUTO by what the environment says; checks that what the source needs is there, whole; sets
 * talk.to. The caller has set talk.request and talk.notes. */
err identity_choose(struct identity *identity, struct identity_setting *setting);

/* A new conversation for this resource of at most IDENTITY_RESOURCE_BYTES_MAX; news NEWS_START comes next. */
void identity_start(struct identity *identity, slice resource, int64_t now);

/* Its name, as --identity takes it. */
slice identity_source_name(enum identity_source source);

/* Private to azure/identity: the talk of each source. */
struct want imds_tell(struct talk *talk, const struct news *news);

#endif
