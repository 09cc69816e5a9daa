"""Hooks and named activations: a TransformerLens bridge for transformers, the same interface for the other strata.

Importing TransformerLens takes seconds, so nothing here is imported before a method asks for hooks.
"""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
import transformer_lens.model_bridge.sources  # noqa: F401  (attaches boot_native)
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformer_lens import HookedRootModule
from transformer_lens.config import TransformerBridgeConfig
from transformer_lens.hook_points import HookPoint
from transformer_lens.model_bridge import TransformerBridge

from interpbench.models import mlp, recurrent
from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.forward import Params
from interpbench.models.transformer import EPSILON, unseen


def native_names(bridge: TransformerBridge) -> dict[str, nn.Parameter]:
    """Parameters of a native bridge under the names of `interpbench.models.transformer`, shared and not copied."""
    return {name.replace("._original_component", ""): value for name, value in bridge.named_parameters()}


def boot_bridge(config: TransformerConfig, params: Params) -> TransformerBridge:
    """A `TransformerBridge` that holds (a copy of) these parameters; it answers at every position."""
    bridge: TransformerBridge = TransformerBridge.boot_native(  # type: ignore[attr-defined]  # attached by the import above
        TransformerBridgeConfig(
            d_model=config.d_model,
            d_head=config.d_head,
            n_layers=config.n_layers,
            n_ctx=config.length,
            n_heads=config.n_heads,
            d_vocab=config.vocabulary,
            d_vocab_out=config.classes,
            d_mlp=config.d_mlp,
            act_fn=config.activation,
            normalization_type=None if config.norm == "none" else "RMS",
            eps=EPSILON,
            architecture="TransformerLensNative",
            init_weights=False,
        )
    )
    with torch.no_grad():
        for name, parameter in native_names(bridge).items():
            parameter.data = params[name].clone() if name in params else torch.ones_like(parameter)  # a norm's gain
    if config.blocked:
        for module in bridge.modules():
            if "causal_mask" in dict(module.named_buffers(recurse=False)):
                module.causal_mask = unseen(config)
    return bridge


class HookedMLP(HookedRootModule):
    """The perceptron with hooks `hook_pre` and `hook_post`, each (batch, 1, d_mlp)."""

    def __init__(self, config: MLPConfig, params: Params) -> None:
        super().__init__()
        self.config = config
        self.weights = nn.ParameterDict({_safe(name): nn.Parameter(value.clone()) for name, value in params.items()})
        self.hook_pre = HookPoint()  # type: ignore[no-untyped-call]
        self.hook_post = HookPoint()  # type: ignore[no-untyped-call]
        self.setup()  # type: ignore[no-untyped-call]

    def forward(self, tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch answer k"]:
        """Logits of every answer."""
        params = {name.replace("/", "."): value for name, value in self.weights.items()}
        pre = self.hook_pre(mlp.hidden(self.config, params, tokens)[:, None])
        post = self.hook_post(mlp.activate(self.config, pre))[:, 0]
        flat = F.linear(post, params["head.weight"], params["head.bias"])
        return flat.view(len(tokens), len(self.config.positions), self.config.classes)


class HookedGRU(HookedRootModule):
    """The recurrent net with `hook_state`, (batch, length, d_model): the states that the answers are read from.

    A hook that changes a state changes the answer read from it, not the states after it.
    """

    def __init__(self, config: RecurrentConfig, params: Params) -> None:
        super().__init__()
        self.config = config
        self.weights = nn.ParameterDict({_safe(name): nn.Parameter(value.clone()) for name, value in params.items()})
        self.hook_state = HookPoint()  # type: ignore[no-untyped-call]
        self.setup()  # type: ignore[no-untyped-call]

    def forward(self, tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch answer k"]:
        """Logits at the answer positions."""
        params = {name.replace("/", "."): value for name, value in self.weights.items()}
        states = self.hook_state(recurrent.states(self.config, params, tokens))
        return F.linear(states[:, list(self.config.positions)], params["head.weight"])


def _safe(name: str) -> str:
    """A ParameterDict key may not hold a dot."""
    return name.replace(".", "/")


def hooked(config: ModelConfig, params: Params) -> Any:
    """The hooked module of any architecture: it has `run_with_cache`, `run_with_hooks` and `hook_dict`."""
    match config:
        case TransformerConfig():
            return boot_bridge(config, params)
        case MLPConfig():
            return HookedMLP(config, params)
        case RecurrentConfig():
            return HookedGRU(config, params)


def sites(config: ModelConfig) -> tuple[str, ...]:
    """The hook names of the states that information flows through, in order of computation."""
    match config:
        case TransformerConfig():
            blocks = [
                f"blocks.{layer}.hook_resid_{part}" for layer in range(config.n_layers) for part in ("mid", "post")
            ]
            return ("blocks.0.hook_resid_pre", *blocks)
        case MLPConfig():
            return ("hook_pre", "hook_post")
        case RecurrentConfig():
            return ("hook_state",)
