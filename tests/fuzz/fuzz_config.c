// fuzz_config.c -- no config.yaml does harm, and what resolves is in range.
#include <stdint.h>
#include <stdlib.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    config_file file;
    if (config_parse("fuzz.yaml", data, size, &file) != SW_OK) {
        return 0;
    }
    config c;
    if (config_resolve(&(config_source){"fuzz.yaml", file.items, file.count}, 1, &c) == SW_OK) {
        require(c.envs >= 1 && c.groups >= 1 && c.groups <= c.envs && c.steps >= 1);
        for (int i = 0; i < c.algo->param_count; i++) {
            require(sw_setting_check(&c.algo->params[i], &c.params[i]) == SW_OK);
        }
    }
    config_file_free(&file);
    return 0;
}
