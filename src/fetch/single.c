#include "fetch/single.h"

struct single {
    struct endpoint to;
    union operation *operation;
};

static struct endpoint where(void *context, size_t piece)
{
    (void)piece;
    return ((const struct single *)context)->to;
}

static void prepare(void *context, size_t piece, union operation *operation)
{
    (void)piece;
    *operation = *((const struct single *)context)->operation;
}

static err finish(void *context, size_t piece, union operation *operation, err failure)
{
    (void)piece;
    *((struct single *)context)->operation = *operation;
    return failure;
}

err fetch_single(struct fetch *fetch, struct endpoint to, union operation *operation)
{
    struct single single = {to, operation};
    struct workload work = {&single, 1, where, prepare, finish};
    return fetch_run(fetch, &work);
}
