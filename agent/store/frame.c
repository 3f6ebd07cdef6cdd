// frame.c -- zstd at its fastest, with a window that is long for it.
//
// What is long and of variable length is a replay: records of numbers that do not repeat, but for
// what was seen after one step, which is seen before the same row's next. That makes half of it, a
// few records on, and the lowest level finds it; higher ones find no more. With images a record has
// a hundred kilobytes and there are some between a row's two: hence the window.
#include "frame.h"

#include <stdlib.h>
#include <zstd.h>

enum { LEVEL = 1, WINDOW_LOG = 23, PIECE = 1 << 17 };

static sw_status fail(const char *what)
{
    return sw_fail(SW_NO_MEMORY, "no memory to %s an array", what);
}

static sw_status compress(ZSTD_CCtx *z, ZSTD_inBuffer *in, void *piece,
                          sw_status (*take)(void *context, const void *piece, size_t bytes),
                          void *context)
{
    size_t left = 1;
    while (left > 0) {
        ZSTD_outBuffer out = {piece, PIECE, 0};
        left = ZSTD_compressStream2(z, &out, in, ZSTD_e_end);
        if (ZSTD_isError(left)) {
            return fail("compress");
        }
        const sw_status st = take(context, piece, out.pos);
        if (st != SW_OK) {
            return st;
        }
    }
    return SW_OK;
}

sw_status frame_write(const void *data, size_t bytes,
                      sw_status (*take)(void *context, const void *piece, size_t bytes),
                      void *context)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    void *piece = malloc(PIECE);
    sw_status st = SW_OK;
    if (z == NULL || piece == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, WINDOW_LOG)) ||
        ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(z, bytes))) {
        st = fail("compress");
    }
    if (st == SW_OK) {
        st = compress(z, &(ZSTD_inBuffer){data, bytes, 0}, piece, take, context);
    }
    free(piece);
    ZSTD_freeCCtx(z);
    return st;
}

static sw_status refuse(const char *path)
{
    return sw_fail(SW_PROTOCOL, "%s: a compressed array is broken", path);
}

static sw_status decompress(const char *path, FILE *file, size_t length, ZSTD_DCtx *z,
                            ZSTD_outBuffer *out, void *piece)
{
    ZSTD_inBuffer in = {piece, 0, 0};
    size_t more;  // 0: the frame is complete
    do {
        if (in.pos == in.size && length > 0) {
            in = (ZSTD_inBuffer){piece, length < PIECE ? length : PIECE, 0};
            if (fread(piece, 1, in.size, file) != in.size) {
                return sw_fail(SW_IO, "cannot read %s", path);
            }
            length -= in.size;
        }
        const size_t read = in.pos, made = out->pos;
        more = ZSTD_decompressStream(z, out, &in);
        if (ZSTD_isError(more) || (more > 0 && in.pos == read && out->pos == made)) {
            return refuse(path);
        }
    } while (more > 0);
    return length == 0 && in.pos == in.size && out->pos == out->size ? SW_OK : refuse(path);
}

sw_status frame_read(const char *path, FILE *file, size_t length, void *data, size_t bytes)
{
    ZSTD_DCtx *z = ZSTD_createDCtx();
    void *piece = malloc(PIECE);
    const sw_status st =
        z != NULL && piece != NULL
            ? decompress(path, file, length, z, &(ZSTD_outBuffer){data, bytes, 0}, piece)
            : fail("read");
    free(piece);
    ZSTD_freeDCtx(z);
    return st;
}
