// unknown.h -- what is said of names that do not exist: what there is; of options also which
// algorithms have them, and which one was likely meant.
#ifndef STORE_UNKNOWN_H
#define STORE_UNKNOWN_H

#include "algo.h"

// There is no algorithm of that name. SW_NOT_FOUND.
sw_status unknown_algo(const char *name);

// The algorithm has no option of that name, and neither have all, common [count]. SW_NOT_FOUND.
sw_status unknown_option(const algo_class *class, const sw_setting *common, int count,
                         const char *name);

#endif
