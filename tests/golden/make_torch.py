"""Writes torch/*.txt: whole updates of our algorithms on a fixed batch, in PyTorch's float64.

    pip install torch && python make_torch.py

Nothing here is ours: gradients are autograd's, Fisher-vector products are second derivatives of the
mean KL divergence that torch.distributions gives, the optimiser is torch.optim's. Inputs are rounded
to float32 first, so that the learner begins with exactly the same numbers. A file has lines
`NAME values`, arrays row-major, parameters in the order weight, bias of each layer, then log-std.
"""

import math
import platform
from pathlib import Path

import torch
from torch import nn
from torch.distributions import Categorical, Independent, Normal, kl_divergence

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)

HERE = Path(__file__).parent / "torch"
ROWS, OBS, HIDDEN = 64, 5, 8


def as_float32(x):
    return x.to(torch.float32).to(torch.float64)


class Policy(nn.Module):
    def __init__(self, kind, outputs):
        super().__init__()
        self.kind = kind
        self.net = mlp(outputs)
        if kind == "gaussian":
            self.log_std = nn.Parameter(-0.3 + 0.2 * torch.randn(outputs))
        for p in self.parameters():
            p.data = as_float32(p.data)

    def forward(self, obs):
        y = self.net(obs)
        if self.kind == "gaussian":
            return Independent(Normal(y, self.log_std.exp()), 1)
        return Categorical(logits=y)


def mlp(outputs):
    return nn.Sequential(
        nn.Linear(OBS, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, outputs)
    )


def parameters(model):
    """All parameters as one vector; the log-std, which PyTorch lists first, goes last."""
    named = dict(model.named_parameters())
    last = [named.pop("log_std")] if "log_std" in named else []
    return list(named.values()) + last


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def assign(model, vector):
    begin = 0
    for p in parameters(model):
        p.data = vector[begin : begin + p.numel()].view_as(p).clone()
        begin += p.numel()


def write(path, values):
    with open(path, "w") as f:
        f.write(f"# make_torch.py: PyTorch {torch.__version__}, Python {platform.python_version()}\n")
        for name, value in values.items():
            numbers = torch.as_tensor(value, dtype=torch.float64).reshape(-1).tolist()
            f.write(name + "".join(" %.17g" % x for x in numbers) + "\n")


def batch(policy):
    """Observations, actions of the policy, their log-densities, advantages, and critic targets."""
    obs = as_float32(torch.randn(ROWS, OBS))
    with torch.no_grad():
        act = as_float32(policy(obs).sample())
        logp = policy(obs).log_prob(act)
    adv = as_float32(torch.randn(ROWS) + 0.3 * obs[:, 0] * act.reshape(ROWS, -1)[:, 0])
    ret = as_float32(torch.randn(ROWS))
    return obs, act, logp, adv, ret


def conjugate_gradient(product, b, iterations):
    x, r, p = torch.zeros_like(b), b.clone(), b.clone()
    for _ in range(iterations):
        ap = product(p)
        alpha = r.dot(r) / p.dot(ap)
        x, left = x + alpha * p, r - alpha * ap
        p, r = left + left.dot(left) / r.dot(r) * p, left
    return x


def trpo(kind, outputs, o):
    policy, critic = Policy(kind, outputs), mlp(1)
    for p in critic.parameters():
        p.data = as_float32(p.data)
    obs, act, logp, adv, ret = batch(policy)
    theta = flat(parameters(policy)).detach()
    out = {"theta": theta, "obs": obs, "act": act, "logp": logp, "adv": adv, "ret": ret, **o}
    out["critic"] = flat(critic.parameters()).detach()

    standard = (adv - adv.mean()) / (adv.std() + 1e-8)
    with torch.no_grad():
        old = policy(obs)

    def surrogate():
        pi = policy(obs)
        return ((pi.log_prob(act) - logp).exp() * standard).mean() + o["entropy_coef"] * pi.entropy().mean()

    def kl():
        return kl_divergence(old, policy(obs)).mean()

    def product(v):
        gradient = flat(torch.autograd.grad(kl(), parameters(policy), create_graph=True))
        return flat(torch.autograd.grad(gradient.dot(v), parameters(policy))).detach() + o["damping"] * v

    start = surrogate()
    g = flat(torch.autograd.grad(start, parameters(policy)))
    v = as_float32(torch.randn(len(theta)))
    x = conjugate_gradient(product, g, o["cg_iterations"])
    ax = product(x)
    rate = math.sqrt(2 * o["max_kl"] / x.dot(ax))
    out |= {"objective": start.item(), "g": g, "v": v, "fv": product(v), "x": x}
    out |= {"curvature": x.dot(ax), "residual": (g - ax).norm() / g.norm()}

    for tries in range(1, o["backtracks"] + 1):
        assign(policy, theta + rate * x)
        if surrogate() > start and kl() <= o["max_kl"]:
            break
        rate *= o["shrink"]
    else:
        raise SystemExit("no step passed")
    out |= {"tries": tries, "rate": rate, "kl": kl().item(), "objective_after": surrogate().item()}
    out["theta_after"] = flat(parameters(policy)).detach()
    out["critic_after"] = fit(critic, obs, ret, o)
    write(HERE / f"trpo-{kind}.txt", out)
    print(f"trpo-{kind}: {tries} tries, KL {out['kl']:.4g}, residual {out['residual']:.3g}")


def fit(critic, obs, ret, o):
    adam = torch.optim.Adam(critic.parameters(), lr=o["critic_lr"], eps=o["adam_epsilon"])
    for _ in range(o["critic_epochs"]):
        adam.zero_grad()
        ((critic(obs)[:, 0] - ret) ** 2 / 2).mean().backward()
        adam.step()
    return flat(critic.parameters()).detach()


HERE.mkdir(exist_ok=True)
TRPO = {"max_kl": 0.01, "damping": 0.1, "cg_iterations": 10, "shrink": 0.8, "backtracks": 10, "entropy_coef": 0.0}
TRPO |= {"critic_lr": 1e-3, "critic_epochs": 5, "adam_epsilon": 1e-5}
trpo("gaussian", 3, TRPO)
trpo("categorical", 4, TRPO | {"max_kl": 1.0, "damping": 0.003, "entropy_coef": 0.01})
