# SPDX-License-Identifier: Apache-2.0
"""Service detail: what one service would lose, how long it would take, and what it rests on."""

from grafana import (GATE_WORDS, GOOD_FROM_ONE, NEUTRAL, RATIO_OF_EXPOSURE, RATIO_TO_OBJECTIVE,
                     READY_WORDS, UP_WORDS, bars, dashboard, panel, query, ratio_series, row,
                     series, stat, table, timeline, variables)

CHECK_WORDS = {"0": ("not passed", "red"), "1": ("pass", "green")}


def now():
    return [
        row("Now"),
        stat("Ready", "Whether all checks pass, at every exporter.",
             [query("min by (disruption) (dr_ready{$S})", "{{disruption}}", instant=True)],
             unit="short", steps=GOOD_FROM_ONE, words=READY_WORDS, width=6),
        stat("Gate", "What a failover script is told.",
             [query("min by (disruption) (dr_gate_open{$S})", "{{disruption}}", instant=True)],
             unit="short", steps=GOOD_FROM_ONE, words=GATE_WORDS, width=6),
        stat("Would be lost", "Exposure now: the worse view of all exporters.",
             [query("max by (disruption) (dr_rpo_exposure_seconds{$S})", "{{disruption}}",
                    instant=True)], unit="s", steps=NEUTRAL, width=6),
        stat("May be lost", "The RPO of its tier.",
             [query("min by (disruption) (dr_service_rpo_objective_seconds{$S})", "{{disruption}}",
                    instant=True)], unit="s", steps=NEUTRAL, width=6),
    ]


def recovery_point():
    return [
        row("Recovery point"),
        ratio_series("Exposure against RPO",
                     """What would be lost as a share of what may be; at 10 it is ten times that or
                     more. Not drawn for RPO 0.""",
                     [query(RATIO_OF_EXPOSURE % "disruption", "{{disruption}}")]),
        panel("heatmap", "Distribution of the exposure",
              """For how long the exposure was how large, second by second, also between scrapes: if
              disaster struck at a random instant, this much would be lost.""",
              [{**query("""sum by (le) (rate(
                        dr_rpo_exposure_distribution_seconds_bucket{$S}[$__rate_interval]))""",
                        "{{le}}"), "format": "heatmap"}],
              unit="s", options={"calculate": False, "yAxis": {"unit": "s"},
                                 "color": {"mode": "scheme", "scheme": "Oranges"}}),
        series("Met, missed, unknown",
               "Share of the time in which the RPO was met at every exporter, missed or not known "
               "at one at least.",
               [query("min by (disruption) (rate(dr_rpo_met_seconds_total{$S}[$__rate_interval]))",
                      "met {{disruption}}"),
                query("""max by (disruption) (
                      rate(dr_rpo_missed_seconds_total{$S}[$__rate_interval]))""",
                      "missed {{disruption}}"),
                query("""max by (disruption) (
                      rate(dr_rpo_unknown_seconds_total{$S}[$__rate_interval]))""",
                      "unknown {{disruption}}")], unit="percentunit", maximum=1),
        table("Weakest link", "The dataset and source that decide what would be lost.",
              [query("max by (disruption, dataset, source) (dr_rpo_weakest_info{$S})")],
              {"disruption": "Disruption", "dataset": "Dataset", "source": "Source",
               "Value": "Known"}),
    ]


def recovery_time():
    return [
        row("Recovery time"),
        bars("Estimate against RTO",
             """How long a recovery would take, by drills and what is declared, as a share of the
             RTO. No data: no drill has measured it.""",
             [query("""max by (disruption) (dr_rto_estimate_seconds{$S}
                    / dr_service_rto_objective_seconds{$S})""", "{{disruption}}", instant=True)],
             unit="percentunit", steps=RATIO_TO_OBJECTIVE, maximum=1.2, height=6),
        bars("Terms of the estimate", "What the estimate is the sum of.",
             [query("max by (disruption, component) (dr_rto_component_seconds{$S})",
                    "{{disruption}}: {{component}}", instant=True)], unit="s", steps=NEUTRAL,
             height=6),
        bars("Phases of the last drills", "Where the time went, as the drill's record says.",
             [query("""max by (drill, phase) (
                    dr_drill_phase_seconds{$$, dr_service=~"$dr_service"})""",
                    "{{drill}}: {{phase}}", instant=True)], unit="s", steps=NEUTRAL),
    ]


def evidence():
    return [
        row("Checks and evidence"),
        timeline("Checks", "Which checks passed, at every exporter.",
                 [query("""min by (disruption, check) (dr_check{$S, state="pass"})""",
                        "{{disruption}} {{check}}")], CHECK_WORDS, height=10),
        timeline("Listed evidence",
                 "Sources that the plan lists as evidence of the service, and whether they answer.",
                 [query("""min by (source) (dr_source_up{$$}
                        * on (job, instance, source) group_left
                        max by (job, instance, source) (dr_service_evidence_info{$S}))""",
                        "{{source}}")], UP_WORDS, height=10),
    ]


def build():
    return dashboard("dr-service", "DR service detail",
                     "What one service would lose, how long its recovery takes, what it rests on.",
                     [*now(), *recovery_point(), *recovery_time(), *evidence()],
                     templating=variables(one_service=True), time_from="now-24h")
