// blas.h -- what the learner asks of OpenBLAS besides its products.
#ifndef NN_BLAS_H
#define NN_BLAS_H

// Makes every product run on the thread that asks for it: our matrices are too small to share, and
// a sum that is split differently rounds differently. Process-wide; called by whatever opens a
// model.
void blas_use_one_thread(void);

// The processor OpenBLAS chose its kernels for, e.g. "Haswell". Never NULL, never freed.
const char *blas_core(void);

#endif
