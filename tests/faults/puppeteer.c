#include "puppeteer.h"

#include <time.h>

#include "test.h"

process puppet_start(const char *program, const char *endpoint, const char *lease, const char *rows)
{
    const char *argv[] = {program, endpoint, lease, rows, NULL};
    return process_start(argv);
}

void puppet_expect(process *puppet, const char *where, const char *beginning)
{
    char line[PROCESS_MAX_LINE] = "";
    const bool heard = process_hear(puppet, line, PROCESS_PATIENCE_MS);
    if (!heard || strncmp(line, beginning, strlen(beginning)) != 0) {
        print_error("%s: '%s', not '%s'\n", where, heard ? line : "", beginning);
        fail();
    }
}

void puppet_order(process *puppet, const char *word, const char *beginning)
{
    process_say(puppet, word);
    puppet_expect(puppet, word, beginning);
}

void puppet_finish(process *puppet)
{
    assert_int_equal(process_finish(puppet), 0);
}

void sleep_ms(int ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}
