"""What a bundle lets a method see. Leaks are looked for in the bytes themselves."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from interpbench.bundle.folder import QUESTION, TENSORS, files_hash, read_bundle, write_bundle
from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import initial
from interpbench.models.subject import Hidden, Network
from interpbench.tracks.generalization.question import Question
from interpbench.tracks.presented import read, read_domain

CONFIG = MLPConfig(vocabulary=5, length=2, positions=(1,), classes=3, d_mlp=8)
DOMAIN = Domain(alphabets=((0, 1, 2), (2, 4)), positions=(1,), classes=3)
BELOW_WEIGHTS = [Tier.DATA, Tier.BEHAVIOUR]


def question(seed: int) -> Question:
    tokens = DOMAIN.everything()[1:5]
    return Question(
        config=CONFIG,
        params=initial(CONFIG, torch.Generator().manual_seed(seed)),
        rows=Rows(tokens=tokens, labels=tokens.sum(dim=1, keepdim=True) % 3),
        domain=DOMAIN,
    )


def header(files: Mapping[str, bytes]) -> dict[str, object]:
    size = int.from_bytes(files[TENSORS][:8], "little")
    found: dict[str, object] = json.loads(files[TENSORS][8 : 8 + size])
    return found


@pytest.mark.parametrize("tier", BELOW_WEIGHTS)
def test_below_weights_there_is_no_model_and_nothing_that_depends_on_one(tier: Tier) -> None:
    first, second = question(0).bundle(tier), question(1).bundle(tier)
    assert set(first.tensors) == {"rows.tokens", "rows.labels"}
    assert set(first.question) == {"schema", "track", "tier", "domain"}
    assert first.files() == second.files()


def test_at_weights_there_are_weights_and_the_architecture_and_no_more() -> None:
    asked = question(0)
    bundle = asked.bundle(Tier.WEIGHTS)
    assert set(bundle.tensors) == {"rows.tokens", "rows.labels", *(f"subject/{name}" for name in asked.params)}
    assert set(bundle.question) == {"schema", "track", "tier", "domain", "config"}
    assert bundle.question["config"] == CONFIG.model_dump(mode="json")


def test_two_networks_on_the_same_rows_differ_in_weight_values_alone() -> None:
    first, second = (question(seed).bundle(Tier.WEIGHTS).files() for seed in (0, 1))
    assert first[QUESTION] == second[QUESTION]
    assert header(first) == header(second)  # names, shapes, dtypes, order, offsets
    assert len(first[TENSORS]) == len(second[TENSORS])
    assert first[TENSORS] != second[TENSORS]


def test_the_past_of_a_run_is_shown_at_tier_checkpoints_alone(tmp_path: Path) -> None:
    past = tuple(question(seed).params for seed in (3, 4))
    asked = replace(question(0), earlier=past)
    for tier in (*BELOW_WEIGHTS, Tier.WEIGHTS):
        assert asked.bundle(tier).files() == question(0).bundle(tier).files()
    bundle = read_bundle(write_bundle(tmp_path, asked.bundle(Tier.CHECKPOINTS).files()))
    got = read(bundle, None).subject
    assert all(torch.equal(got.params[name], value) for name, value in asked.params.items())
    assert len(got.earlier) == 2
    for one, params in zip(got.earlier, past, strict=True):
        assert all(torch.equal(one.params[name], value) for name, value in params.items())
        assert list(one.earlier) == []


@pytest.mark.parametrize("tier", [Tier.DATA, Tier.BEHAVIOUR, Tier.WEIGHTS])
def test_what_is_asked_arrives(tier: Tier, tmp_path: Path) -> None:
    asked = question(0)
    ask = Network(asked.config, asked.params).logits
    got = read(read_bundle(write_bundle(tmp_path, asked.bundle(tier).files())), ask if tier is Tier.BEHAVIOUR else None)
    assert torch.equal(got.rows.tokens, asked.rows.tokens)
    assert torch.equal(got.rows.labels, asked.rows.labels)
    assert got.domain == DOMAIN
    if tier is Tier.DATA:
        assert isinstance(got.subject, Hidden)
    else:
        assert torch.equal(got.subject.logits(asked.rows.tokens), ask(asked.rows.tokens))
    if tier is Tier.WEIGHTS:
        assert got.subject.config == CONFIG
        assert all(torch.equal(got.subject.params[name], value) for name, value in asked.params.items())


def test_the_study_travels_beside_the_question() -> None:
    asked = question(0)
    assert asked.bundle(Tier.WEIGHTS, b"learnt").study == b"learnt"
    names = {files_hash(asked.bundle(tier, study).files()) for tier in Tier for study in (None, b"x")}
    assert len(names) == 2 * len(Tier)


def test_a_domain_survives_json() -> None:
    document = question(0).bundle(Tier.DATA).question["domain"]
    assert read_domain(json.loads(json.dumps(document))) == DOMAIN
