#include "products.h"

#include <cblas.h>
#include <string.h>

#include <random.h>

void products_init(products *p)
{
    random_state random = random_seed(2);
    for (int i = 0; i < PRODUCTS_MOST * PRODUCTS_MOST; i++) {
        p->x[i] = (float) random_normal(&random);
        p->w[i] = (float) random_normal(&random);
        p->dy[i] = (float) random_normal(&random);
    }
}

void products_rest(products *p)
{
    memset(p->dw, 0, sizeof(p->dw));
}

// y [n, out] = x [n, in] w^T
static void forward(products *p, int n, int in, int out)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, out, in, 1, p->x, in, p->w, in, 0, p->y,
                out);
}

// dw [out, in] += dy^T x
static void backward_weight(products *p, int n, int in, int out)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, n, 1, p->dy, out, p->x, in, 1,
                p->dw, in);
}

// dx [n, in] = dy w
static void backward_input(products *p, int n, int in, int out)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, in, out, 1, p->dy, out, p->w, in, 0,
                p->dx, in);
}

void products_forward(products *p, int n, products_net net)
{
    forward(p, n, net.in, net.hidden);
    forward(p, n, net.hidden, net.hidden);
    forward(p, n, net.hidden, net.out);
}

void products_backward(products *p, int n, products_net net)
{
    backward_weight(p, n, net.hidden, net.out);
    backward_input(p, n, net.hidden, net.out);
    backward_weight(p, n, net.hidden, net.hidden);
    backward_input(p, n, net.hidden, net.hidden);
    backward_weight(p, n, net.in, net.hidden);
}

void products_backward_input(products *p, int n, products_net net, int inputs)
{
    backward_input(p, n, net.hidden, net.out);
    backward_input(p, n, net.hidden, net.hidden);
    backward_input(p, n, inputs, net.hidden);
}
