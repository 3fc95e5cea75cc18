"""The incident itself, and the small cases around it, event by event.

Story A, ``workflow_3m47``: three departments publish the same article. Story B, ``workflow_7k2p``: an
agent acts in the afternoon on what was written at night. All times are the story clock's.
"""

from agentctl.sandbox.agents import JSON_HEADERS, SEO_AUDIT, STEPS, analysis, claim, result, steps
from agentctl.sandbox.clock import StoryClock
from agentctl.sandbox.night import RESEARCH, Draft

TRIPLE, TRAVEL = "workflow_3m47", "workflow_7k2p"
ORPHAN, TAKEOVER = "workflow_5v8r", "workflow_2h6n"
EVALS, LATENCY, GATEWAYS = "workflow_8e1c", "workflow_6q9d", "workflow_9k3c"
HOSTILE, ROLLOUTS = "workflow_4b0x", "workflow_1z7u"
WORKFLOWS = (TRIPLE, TRAVEL, ORPHAN, TAKEOVER, EVALS, LATENCY, GATEWAYS, HOSTILE, ROLLOUTS)

PLATFORMS = "agent_observability_platforms"
KUBERNETES, TRACING = "kubernetes_observability", "agent_tracing"
PRICING, SURVEY = "vector_db_pricing", "gpu_cost_survey"
INJECTION = "prompt_injection_field_guide"

AUDIT = (
    "Reading analysis",
    "Extracting entities",
    "Querying search volumes",
    "Waiting for the rate limit",
    "Clustering keywords",
    "Scoring difficulty",
    "Writing recommendations",
)

CONTENT_FELL_SILENT, SALES_FELL_IDLE = "12:27:12", "13:47:02"

HOSTILE_STATUS = (
    "Publishing \x1b[2J\x1b[31m\x1b]8;;https://evil.example/\x1b\\click me\x1b]8;;\x1b\\ "
    "[/red][bold]not markup[/bold] \x9b1m \u202egnp.exe\u202c \x07<script>alert(1)</script>"
)
"""Clears the screen, colours it, links away, breaks markup, turns the writing direction, rings."""

UNDECODABLE = b'{"event_type":"analysis_complete","workflow_id":"workflow_\xff\xfe\xc3\x28","topic":"gpu_'


def stories(clock: StoryClock) -> list[Draft]:
    """Return every event that is told by hand."""
    return [
        *duplicate_article(clock),
        *time_travel(clock),
        *orphaned_claim(clock),
        *takeover_done_right(clock),
        *still_at_work(clock),
        *harmful_records(clock),
        *sales_before_idling(clock),
    ]


def duplicate_article(clock: StoryClock) -> list[Draft]:
    """Story A: three agents check, find nothing, claim within 300 ms, and all of them work."""
    start, item = clock.at("03:30:15.000"), PLATFORMS
    rivals = (
        ("marketing", "blog_post", 14, ("31:20", "33:05", "36:48", "39:30", "40:55"), "03:41:02.117"),
        ("sales", "prospect_deck", 100, ("31:41", "34:12", "38:02", "41:55", "44:31"), "03:44:40.903"),
        ("content", "newsletter", 292, ("32:03", "35:20", "39:44", "43:50", "47:01"), "03:47:17.330"),
    )
    drafts = [analysis(start, TRIPLE, item, version=2, label="3m47/analysis")]
    for agent, form, after_ms, worked, finished in rivals:
        label = f"3m47/{agent}"
        times = [clock.at(f"03:{moment}") + after_ms for moment in worked]
        drafts += [
            claim(start + after_ms, agent, TRIPLE, item, form, label=f"{label}/claim", cause="3m47/analysis"),
            *steps(times, agent, TRIPLE, item, label=label),
            result(clock.at(finished), agent, TRIPLE, item, form, label=f"{label}/result"),
        ]
    return drafts


def time_travel(clock: StoryClock) -> list[Draft]:
    """Story B: an article done well at night, and an agent that reads its source eleven hours later."""
    at = clock.at
    night = [
        at(f"03:{moment}") for moment in ("01:12.480", "06:40.105", "14:22.930", "23:08.377", "29:55.061")
    ]
    seo = [at(f"14:{moment}") for moment in ("02:18.550", "05:47.090", "10:33.718")]
    late = ["15:03.118", "15:41.902", "16:20.377", "17:02.645", "18:55.210", "19:31.874", "20:12.003"]
    oracle = [at(f"14:{moment}") for moment in late]
    return [
        analysis(at("03:00:04.210"), TRAVEL, KUBERNETES, version=1, label="7k2p/analysis"),
        claim(
            *(at("03:00:09.870"), "marketing", TRAVEL, KUBERNETES, "blog_post"),
            label="7k2p/marketing/claim",
            cause="7k2p/analysis",
        ),
        *steps(night, "marketing", TRAVEL, KUBERNETES, label="7k2p/marketing"),
        result(
            *(at("03:30:41.002"), "marketing", TRAVEL, KUBERNETES, "blog_post"), label="7k2p/marketing/result"
        ),
        analysis(at("14:00:12.700"), TRAVEL, TRACING, version=2, label="7k2p/tracing"),
        claim(
            *(at("14:01:02.315"), "seo", TRAVEL, TRACING, "seo_audit"),
            label="7k2p/seo/claim",
            cause="7k2p/tracing",
        ),
        *steps(seo, "seo", TRAVEL, TRACING, SEO_AUDIT, label="7k2p/seo"),
        result(at("14:12:20.441"), "seo", TRAVEL, TRACING, "seo_audit", label="7k2p/seo/result"),
        *steps(oracle, "oracle", TRAVEL, KUBERNETES, AUDIT, label="7k2p/oracle"),
        result(
            *(at("14:20:44.630"), "oracle", TRAVEL, KUBERNETES, "keyword_recommendation"),
            label="7k2p/oracle/result",
            cause="7k2p/analysis",
        ),
        *steps(
            [at("14:22:06.015")], "paxmachina", TRAVEL, KUBERNETES, ("Closing workflow",), label="7k2p/close"
        ),
    ]


def orphaned_claim(clock: StoryClock) -> list[Draft]:
    """Content claims, works three of five steps, and dies: nothing of it is heard afterwards."""
    times = [clock.at(moment) for moment in ("12:22:30", "12:24:51", CONTENT_FELL_SILENT)]
    return [
        analysis(clock.at("12:21:12"), ORPHAN, PRICING, version=2, label="orphan/analysis"),
        claim(
            *(clock.at("12:21:40"), "content", ORPHAN, PRICING, "blog_post"),
            label="orphan/claim",
            cause="orphan/analysis",
        ),
        *steps(times, "content", ORPHAN, PRICING, label="orphan"),
    ]


def takeover_done_right(clock: StoryClock) -> list[Draft]:
    """Sales falls silent at step 2; content waits until the lease has ended, claims anew and finishes."""
    before = [clock.at(moment) for moment in ("09:12:05", "09:18:40")]
    after = [clock.at(moment) for moment in ("09:53:10", "09:57:31", "10:03:02", "10:09:47", "10:14:20")]
    return [
        analysis(clock.at("09:09:41"), TAKEOVER, SURVEY, version=2, label="takeover/analysis"),
        claim(
            *(clock.at("09:10:02"), "sales", TAKEOVER, SURVEY, "prospect_deck"),
            label="takeover/first",
            cause="takeover/analysis",
        ),
        *steps(before, "sales", TAKEOVER, SURVEY, label="takeover/sales"),
        claim(clock.at("09:52:30"), "content", TAKEOVER, SURVEY, "newsletter", label="takeover/second"),
        *steps(after, "content", TAKEOVER, SURVEY, label="takeover/content"),
        result(clock.at("10:15:08"), "content", TAKEOVER, SURVEY, "newsletter", label="takeover/result"),
    ]


def still_at_work(clock: StoryClock) -> list[Draft]:
    """What is going on when the night ends: two agents at work, and one that has just claimed."""
    evals, latency, gateways = "agent_evals_landscape", "rag_latency_report", "llm_gateway_comparison"
    times = [clock.at(f"14:{moment}") for moment in ("22:05", "23:10", "24:20", "25:38")]
    return [
        analysis(clock.at("14:21:20"), EVALS, evals, version=2, label="evals/analysis"),
        claim(
            *(clock.at("14:21:38"), "marketing", EVALS, evals, "blog_post"),
            label="evals/claim",
            cause="evals/analysis",
        ),
        *steps(times, "marketing", EVALS, evals, label="evals"),
        analysis(clock.at("14:24:50"), LATENCY, latency, version=2, label="latency/analysis"),
        claim(
            *(clock.at("14:25:09"), "seo", LATENCY, latency, "seo_audit"),
            label="latency/claim",
            cause="latency/analysis",
        ),
        analysis(clock.at("14:21:02"), GATEWAYS, gateways, version=2, label="gateways/analysis"),
        claim(
            *(clock.at("14:21:31"), "oracle", GATEWAYS, gateways, "keyword_recommendation"),
            label="gateways/claim",
            cause="gateways/analysis",
        ),
        *steps(
            [clock.at("14:22:40"), clock.at("14:25:36")],
            "oracle",
            GATEWAYS,
            gateways,
            AUDIT,
            label="gateways",
        ),
    ]


def sales_before_idling(clock: StoryClock) -> list[Draft]:
    """The last that sales did: it is idle since, and well."""
    item, workflow = "enterprise_rag_rollouts", ROLLOUTS
    times = [clock.at(f"13:{moment}") for moment in ("21:30", "27:02", "33:40", "40:11", "46:20")]
    return [
        analysis(clock.at("13:19:55"), workflow, item, version=2, label="idle/analysis"),
        claim(
            *(clock.at("13:20:11"), "sales", workflow, item, "prospect_deck"),
            label="idle/claim",
            cause="idle/analysis",
        ),
        *steps(times, "sales", workflow, item, label="idle"),
        result(clock.at(SALES_FELL_IDLE), "sales", workflow, item, "prospect_deck", label="idle/result"),
    ]


def harmful_records(clock: StoryClock) -> list[Draft]:
    """One record that is no JSON although its header says so, and one whose text attacks the terminal."""
    at, item = clock.at, INJECTION
    worked = [at(f"10:{moment}") for moment in ("12:30", "17:44", "22:09", "27:51", "31:07.904")]
    return [
        Draft(
            *(at("11:48:20.377"), RESEARCH, "gpu_export_rules", UNDECODABLE),
            label="undecodable",
            headers=JSON_HEADERS,
        ),
        analysis(at("10:09:12"), HOSTILE, item, version=2, label="hostile/analysis"),
        claim(
            *(at("10:09:40"), "marketing", HOSTILE, item, "blog_post"),
            label="hostile/claim",
            cause="hostile/analysis",
        ),
        *steps(worked, "marketing", HOSTILE, item, (*STEPS[:-1], HOSTILE_STATUS), label="hostile"),
        result(at("10:31:58"), "marketing", HOSTILE, item, "blog_post", label="hostile/result"),
    ]
