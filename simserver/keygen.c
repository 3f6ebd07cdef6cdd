// keygen.c -- stepwire-simserver keygen: a directory of keys, and what to do with it.
#include <stdio.h>

#include "commands.h"
#include "keys.h"

static void print_path(void *context, const char *path)
{
    int *count = context;
    printf("made %s\n", path);
    (*count)++;
}

sw_status make_keys(const args *a)
{
    const char *directory = a->operand;
    if (directory == NULL) {
        return sw_fail(SW_INVALID_ARGUMENT, "where? stepwire-simserver keygen DIR");
    }
    int count = 0;
    const sw_status st = keys_generate(directory, print_path, &count);
    if (st != SW_OK) {
        return st;
    }
    printf(
        "%s"
        "On this machine both sides can use --keys %s now.\n"
        "With two machines, make keys on each. From the server's, copy server.pub to the agent's\n"
        "servers/HOST.pub, HOST being what stands in --connect tcp://HOST:PORT. From the agent's,\n"
        "copy client.pub to the server's clients/ANY.pub. Nothing that ends in .key is copied.\n",
        count > 0 ? "" : "Nothing was missing.\n", directory);
    return SW_OK;
}
