"""Small bridges with random weights, of the kinds that circuit tools must handle."""

from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformer_lens.model_bridge.sources  # noqa: F401  (attaches boot_native)
from tokenizers import Tokenizer, models
from transformer_lens.config import TransformerBridgeConfig
from transformer_lens.model_bridge import TransformerBridge
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 50


def native(norm: str | None, seed: int = 0, scale: float = 0.25, layers: int = 2) -> Any:
    """TransformerLens' native model: d 16, two heads of eight, 32 neurons, seven letters, five positions."""
    bridge: Any = TransformerBridge.boot_native(  # type: ignore[attr-defined]  # attached by the import above
        TransformerBridgeConfig(
            n_layers=layers,
            d_model=16,
            n_heads=2,
            d_head=8,
            d_mlp=32,
            n_ctx=5,
            d_vocab=7,
            normalization_type=norm,
            act_fn="relu",
            architecture="TransformerLensNative",
        )
    )
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in bridge.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng) * scale)
    return bridge


def gpt2(layers: int = 2, heads: int = 4, width: int = 32) -> Any:
    """A model of GPT-2's shape, as it comes: biases everywhere, queries, keys and values in one matrix."""
    torch.manual_seed(0)
    shape = GPT2Config(n_layer=layers, n_head=heads, n_embd=width, vocab_size=VOCABULARY, n_positions=12)
    return _transformers("gpt2", GPT2LMHeadModel(shape).eval())  # type: ignore[no-untyped-call]


def llama(layers: int = 2) -> Any:
    """A model of Llama's shape: rotary positions, root-mean-square norms, gated neurons, keys shared by queries."""
    torch.manual_seed(0)
    shape = LlamaConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=VOCABULARY,
    )
    return _transformers("meta-llama/Llama-3.2-1B", LlamaForCausalLM(shape).eval())  # type: ignore[no-untyped-call]


def _transformers(name: str, model: Any) -> Any:
    words = {str(number): number for number in range(VOCABULARY)}
    special = {"unk_token": "0", "pad_token": "0", "bos_token": "0", "eos_token": "0"}
    inner = Tokenizer(models.WordLevel(words, unk_token="0"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **special)  # type: ignore[no-untyped-call]
    with TemporaryDirectory() as folder:  # the bridge asks where the tokenizer was loaded from
        tokenizer.save_pretrained(folder)
        loaded = PreTrainedTokenizerFast.from_pretrained(folder)
        bridge: Any = TransformerBridge.boot_transformers(name, hf_model=model, tokenizer=loaded)
    return bridge.eval()
