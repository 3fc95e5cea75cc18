"""What ordinary work is about, and what workflows are called: made-up names, no two alike."""

import random
from collections.abc import Collection, Iterator

_SUBJECTS = (
    *("inference", "retrieval", "embedding", "tokenizer", "guardrail", "prompt", "agent_memory", "tool_use"),
    *("fine_tuning", "quantization", "serverless_gpu", "data_lineage", "feature_store", "vector_search"),
    *("eval_harness", "model_routing", "context_caching", "synthetic_data", "red_teaming", "model_serving"),
    *("edge_inference", "speech_agents", "code_review_bots", "support_copilots", "knowledge_graphs"),
    *("document_parsing", "compliance_agents", "agent_identity", "workflow_engines", "stream_processing"),
)
_ANGLES = (
    *("pricing", "latency", "security", "adoption", "vendors", "benchmarks", "licensing", "migration"),
    *("failures", "hiring", "tooling", "standards", "roadmap", "economics", "reliability", "privacy"),
)
_FORMS = ("report", "survey", "landscape", "outlook", "checklist", "comparison", "primer", "review")

_DIGITS = "0123456789"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def items(chances: random.Random) -> Iterator[str]:
    """Give work items, each once: work that is done is never asked for again."""
    count = len(_SUBJECTS) * len(_ANGLES) * len(_FORMS)
    for number in chances.sample(range(count), count):
        number, form = divmod(number, len(_FORMS))
        subject, angle = divmod(number, len(_ANGLES))
        yield f"{_SUBJECTS[subject]}_{_ANGLES[angle]}_{_FORMS[form]}"


def workflows(chances: random.Random, taken: Collection[str]) -> Iterator[str]:
    """Give ids like ``workflow_7k2p``, each once, and none of those that are taken."""
    seen = set(taken)
    while True:
        letters = (chances.choice(group) for group in (_DIGITS, _LETTERS, _DIGITS, _LETTERS + _DIGITS))
        name = f"workflow_{''.join(letters)}"
        if name not in seen:
            seen.add(name)
            yield name
