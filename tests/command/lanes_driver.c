/* lanes_driver LANES ARG...: azfob ARG... with at most LANES connections to a vault, for who measures how many are best. */
#include "fetch/items.h"

#include <stdlib.h>

int azfob_main(int argc, char **argv, char **envp);

static unsigned lanes_max;

static err open_with_lanes(struct fetch *fetch, const struct fetch_setting *given)
{
    struct fetch_setting setting = *given;
    setting.lanes_max = lanes_max;
    return fetch_open(fetch, &setting);
}

/* The product as it is, but for who opens the network. */
#define fetch_open open_with_lanes
#include "../../src/command/session.c"
#define main azfob_main
#include "../../src/main.c"
#undef main

int main(int argc, char **argv, char **envp)
{
    if (argc < 2)
        return EXIT_IS_USAGE;
    lanes_max = (unsigned)atoi(argv[1]);
    return azfob_main(argc - 1, argv + 1, envp);
}
