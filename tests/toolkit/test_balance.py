from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.testing import assert_close

from interpbench.models.config import MLPConfig, TransformerConfig
from interpbench.models.forward import Params, logits
from interpbench.models.subject import Network
from interpbench.toolkit.balance import balanced, equalised, squared_norm
from interpbench.toolkit.row_loss import row_losses
from interpbench.toolkit.tempering import EQUAL_LOSS

ARCHITECTURES = ("transformer", "gelu", "square", "relu", "gru")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_function_stays_and_the_norm_falls(name: str, untrained: Mapping[str, Any]) -> None:
    subject, rows = untrained[name].subject, untrained[name].rows
    changed = balanced(subject.config, subject.params)
    assert_close(logits(subject.config, changed, rows.tokens), subject.logits(rows.tokens), rtol=1e-4, atol=1e-5)
    assert squared_norm(changed) < squared_norm(subject.params)
    assert {key: value.shape for key, value in changed.items()} == {k: v.shape for k, v in subject.params.items()}
    assert squared_norm(balanced(subject.config, changed)) == pytest.approx(squared_norm(changed), rel=1e-6)


def _diagonal(blocks: Iterable[Tensor]) -> Tensor:
    out: Tensor = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]
    return out


def _rescaled(config: Any, params: Params, strength: float = 0.4) -> Params:
    """The same function after random changes of basis and scale."""
    rng = torch.Generator().manual_seed(7)

    def basis(size: int) -> tuple[Tensor, Tensor]:
        matrix = torch.linalg.matrix_exp(strength * torch.randn(size, size, generator=rng).double() / size**0.5)
        return matrix, torch.linalg.inv(matrix)

    def scales(size: int) -> Tensor:
        return torch.exp(torch.randn(size, generator=rng)).double()

    out = {name: value.double() for name, value in params.items()}
    if config.kind == "gru":
        there, back = basis(config.d_model)
        out["tok_embed.weight"], out["weight_ih"] = out["tok_embed.weight"] @ there, out["weight_ih"] @ back.T
    elif config.kind == "mlp":
        s = scales(config.d_mlp)
        out["embed.weight"], out["embed.bias"] = out["embed.weight"] * s, out["embed.bias"] * s
        out["head.weight"] = out["head.weight"] / s ** (1 if config.activation == "relu" else 2)
    else:
        for layer in range(config.n_layers):
            attention, block = f"layers.{layer}.attn", f"layers.{layer}.mlp"
            for pair in ("qk", "vo"):
                blocks = [basis(config.d_head) for _ in range(config.n_heads)]
                there, back = (_diagonal(part) for part in zip(*blocks, strict=True))
                first = f"{attention}.{pair[0]}"
                out[f"{first}.weight"], out[f"{first}.bias"] = (
                    there @ out[f"{first}.weight"],
                    there @ out[f"{first}.bias"],
                )
                if pair == "qk":
                    out[f"{attention}.k.weight"] = back.T @ out[f"{attention}.k.weight"]
                    out[f"{attention}.k.bias"] = back.T @ out[f"{attention}.k.bias"]
                else:
                    out[f"{attention}.o.weight"] = out[f"{attention}.o.weight"] @ back
            if config.activation == "relu":
                s = scales(config.d_mlp)
                out[f"{block}.fc_in.weight"] = out[f"{block}.fc_in.weight"] * s[:, None]
                out[f"{block}.fc_in.bias"] = out[f"{block}.fc_in.bias"] * s
                out[f"{block}.fc_out.weight"] = out[f"{block}.fc_out.weight"] / s
        there, back = basis(config.d_model)
        for name in out:
            last = name.split(".")[-2]
            if last in {"tok_embed", "pos"}:
                out[name] = out[name] @ there.T
            elif last in {"q", "k", "v", "fc_in", "head"} and name.endswith("weight"):
                out[name] = out[name] @ back
            elif last in {"o", "fc_out"}:
                out[name] = there @ out[name]
    return {name: value.float() for name, value in out.items()}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_no_rescaling_changes_the_least_norm(name: str, untrained: Mapping[str, Any]) -> None:
    subject, rows = untrained[name].subject, untrained[name].rows
    other = _rescaled(subject.config, subject.params)
    assert_close(logits(subject.config, other, rows.tokens), subject.logits(rows.tokens), rtol=1e-3, atol=1e-4)
    assert squared_norm(other) > 1.02 * squared_norm(subject.params)
    least = squared_norm(balanced(subject.config, subject.params))
    assert squared_norm(balanced(subject.config, other)) == pytest.approx(least, rel=1e-5)


@pytest.mark.parametrize("activation", ["relu", "square"])
def test_reference_numerical_minimum_for_each_neuron(activation: str, untrained: Mapping[str, Any]) -> None:
    subject = untrained[activation].subject
    params, degree = subject.params, 1 if activation == "relu" else 2
    a = params["embed.weight"].double().square().sum(dim=(0, 1)) + params["embed.bias"].double().square()
    b = params["head.weight"].double().square().sum(dim=0)
    least = squared_norm({"bias": params["head.bias"]})
    for into, out in zip(a.tolist(), b.tolist(), strict=True):
        least += minimize_scalar(
            lambda t, i=into, o=out: i * t + o * t**-degree, bounds=(1e-3, 1e3), method="bounded"
        ).fun
    assert squared_norm(balanced(subject.config, params)) == pytest.approx(least, rel=1e-5)


def test_closed_form_for_one_pair(untrained: Mapping[str, Any]) -> None:
    # the embedding of a recurrent unit: twice the nuclear norm of what the gates see of it
    params = untrained["gru"].subject.params
    product = params["tok_embed.weight"] @ params["weight_ih"].T
    changed = balanced(untrained["gru"].subject.config, params)
    pair = squared_norm({name: changed[name] for name in ("tok_embed.weight", "weight_ih")})
    assert pair == pytest.approx(2 * float(torch.linalg.matrix_norm(product, ord="nuc")), rel=1e-5)


def test_reference_descent_over_all_bases_of_a_transformer() -> None:
    """L-BFGS over the logarithms of every change of basis, from the unbalanced weights, ends at the same norm."""
    config = TransformerConfig(vocabulary=3, length=2, positions=(1,), classes=3, d_model=4, n_heads=2, d_mlp=3)
    rng = torch.Generator().manual_seed(0)
    shapes = {
        "q": (4, 5),
        "k": (4, 5),
        "v": (4, 5),
        "in": (3, 5),
        "o": (5, 4),
        "out": (4, 3),
        "bias": (4,),
        "e": (5, 4),
        "u": (3, 4),
    }
    w = {name: torch.randn(shape, generator=rng).double() for name, shape in shapes.items()}
    params = {"tok_embed.weight": w["e"][:3], "pos.weight": w["e"][3:], "head.weight": w["u"]}
    for part in "qkv":
        params |= {f"layers.0.attn.{part}.weight": w[part][:, :4], f"layers.0.attn.{part}.bias": w[part][:, 4]}
    params |= {"layers.0.attn.o.weight": w["o"][:4], "layers.0.attn.o.bias": w["o"][4]}
    params |= {"layers.0.mlp.fc_in.weight": w["in"][:, :4], "layers.0.mlp.fc_in.bias": w["in"][:, 4]}
    params |= {"layers.0.mlp.fc_out.weight": w["out"], "layers.0.mlp.fc_out.bias": w["bias"]}

    stream = torch.zeros(4, 4, dtype=torch.float64, requires_grad=True)
    heads = torch.zeros(4, 2, 2, dtype=torch.float64, requires_grad=True)  # query-key and value-output, of each head
    neurons = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [stream, heads, neurons], max_iter=500, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def norm() -> Tensor:
        there, back = torch.linalg.matrix_exp(stream), torch.linalg.matrix_exp(-stream)
        on, off = torch.linalg.matrix_exp(heads), torch.linalg.matrix_exp(-heads)
        query_key, key_query = _diagonal(on[:2]), _diagonal(off[:2]).T
        value, output = _diagonal(on[2:]), _diagonal(off[2:])

        def read(name: str) -> Tensor:
            return torch.cat([w[name][:, :4] @ back, w[name][:, 4:]], dim=1)

        pieces = [
            w["e"] @ there.T,
            w["u"] @ back,
            query_key @ read("q"),
            key_query @ read("k"),
            value @ read("v"),
            there @ w["o"][:4] @ output,
            there @ w["o"][4],
            neurons.exp()[:, None] * read("in"),
            there @ w["out"] * (-neurons).exp(),
            there @ w["bias"],
        ]
        return torch.stack([piece.square().sum() for piece in pieces]).sum()

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = norm()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    assert float(norm().detach()) == pytest.approx(squared_norm(params))
    optimizer.step(closure)  # type: ignore[no-untyped-call]
    assert squared_norm(balanced(config, params)) == pytest.approx(float(norm().detach()), rel=1e-5)


def test_a_dead_neuron_vanishes() -> None:
    config = MLPConfig(vocabulary=2, length=1, positions=(0,), classes=2, d_mlp=2, activation="relu")
    params = {
        "embed.weight": torch.tensor([[[1.0, 5.0], [1.0, 5.0]]]),
        "embed.bias": torch.zeros(2),
        "head.weight": torch.tensor([[1.0, 0.0], [2.0, 0.0]]),
        "head.bias": torch.zeros(2),
    }
    changed = balanced(config, params)
    assert not changed["embed.weight"][..., 1].any()
    assert squared_norm(changed) == pytest.approx(2 * (2 * 5) ** 0.5)  # 2 |a| |b| of the neuron that lives


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_equalised_networks_share_loss_and_predictions(name: str, untrained: Mapping[str, Any]) -> None:
    subject, rows = untrained[name].subject, untrained[name].rows
    right = type(rows)(tokens=rows.tokens, labels=subject.predict(rows.tokens))
    params = equalised(subject, right)
    out = logits(subject.config, params, rows.tokens)
    assert torch.equal(out.argmax(dim=-1), right.labels)
    assert float(row_losses(out, right.labels).mean()) == pytest.approx(EQUAL_LOSS, rel=1e-3)
    louder = {key: value * 5 if key.startswith("head.") else value for key, value in subject.params.items()}
    again = equalised(Network(subject.config, louder), right)
    assert squared_norm(again) == pytest.approx(squared_norm(params), rel=1e-4)
