/* A manifest and a value of the environment, whatever they are, give a plan that holds together or mistakes. */
#include "plan/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 16 };

static void check(const struct plan *plan, const struct plan_setting *setting)
{
    assert(plan->items <= plan->uses && plan->uses <= MAX && plan->vaults <= plan->items);
    for (size_t i = 0; i < plan->uses; i++) {
        const struct use *use = &plan->use[i];
        assert(use->item < plan->items);
        assert(ref_same_secret(&use->ref, plan->item[use->item].ref, setting->suffix));
        assert(!plan->item[use->item].optional || use->ref.optional);
        for (size_t k = 0; k < i; k++)
            assert(use->joined || !target_same(&use->target, &plan->use[k].target));
    }
    for (size_t i = 0; i < plan->items; i++)
        for (size_t k = 0; k < i; k++)
            assert(!ref_same_secret(plan->item[i].ref, plan->item[k].ref, setting->suffix));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct item item[MAX];
    static struct use use[MAX];
    static struct plan plan;
    static uint8_t notes_room[4096];
    struct buf notes = BUF(notes_room);
    struct ref vault = {.vault = S("my-vault"), .port = VAULT_PORT};
    struct plan_setting setting = {.suffix = S("vault.azure.net"), .vault = &vault, .targets = ~0u, .mode = 0400};
    slice manifest = {data, size}, variable = {data, size};
    slice_cut(&manifest, 0, &variable);
    char *envp[] = {malloc(variable.len + 1), NULL};
    memcpy(envp[0], variable.at, variable.len);
    envp[0][variable.len] = 0;
    plan_start(&plan, &setting, item, use, MAX, &notes);
    plan_manifest(&plan, S("m"), manifest);
    plan_environment(&plan, envp);
    check(&plan, &setting);
    for (size_t i = 0; i < plan.mistakes; i++)
        assert(plan.mistake[i].message != M_INTERNAL && err_status(&plan.mistake[i]) != EXIT_IS_DONE);
    free(envp[0]);
    return 0;
}
