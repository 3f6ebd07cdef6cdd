// similar.h -- how much two names are alike, to guess which one was meant.
#ifndef BASE_SIMILAR_H
#define BASE_SIMILAR_H

// How many letters must be put in, left out or changed to make one of `a` [a_length] and `b`
// [b_length] the other (Levenshtein 1966), small and capital ones being the same; -1 if that is
// more than half of the longer one. Lengths up to SW_MAX_NAME.
int similar_distance(const char *a, int a_length, const char *b, int b_length);

#endif
