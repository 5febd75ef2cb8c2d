# SPDX-License-Identifier: Apache-2.0
"""Evidence and exporter: drills, runbooks, what expires, compliance, and the exporter's health."""

from grafana import (BAD_FROM_ONE, GOOD_FROM_ONE, LEFT_SECONDS, NEUTRAL, UP_WORDS, bars, dashboard,
                     query, row, series, stat, table, timeline, variables)

OF_SERVICE = '$$, dr_service=~"$dr_service"'
# One in the future is a mistake, such as milliseconds, and must not count for ever.
SUCCESS = f"(dr_drill_last_success_timestamp_seconds{{{OF_SERVICE}}} <= time())"
STEPS = "[$__range:$__interval]"


def exercises():
    return [
        row("Drills and runbooks"),
        bars("Time left until a drill expires",
             """By the limits of the tiers and the last success of each kind of drill. Negative: it
             has expired. A drill that was never made is in the table beside.""",
             [query(f"""min by (dr_service, drill) (max by (dr_service, drill) {SUCCESS}
                    + on (dr_service, drill) min by (dr_service, drill) (
                    dr_drill_max_age_seconds{{$S}})) - time()""",
                    "{{dr_service}} {{drill}}", instant=True)],
             unit="s", steps=LEFT_SECONDS),
        table("Drills that were never made",
              "Wanted by a tier, and no record of a success. Empty is good only if drills are "
              "wanted at all: see the panel beside.",
              [query(f"""min by (dr_service, dr_tier, drill) (dr_drill_max_age_seconds{{$S}})
                     unless on (dr_service, drill) {SUCCESS}""")],
              {"dr_tier": "Tier", "dr_service": "Service", "drill": "Drill",
               "Value": "At least every"}, unit="s"),
        table("Results of the newest drills", "1: it succeeded, 0: it failed.",
              [query(f"""min by (dr_service, drill) (dr_drill_last_result{{{OF_SERVICE}}})""")],
              {"dr_service": "Service", "drill": "Drill", "Value": "Succeeded"}),
        bars("Runbooks: last validated",
             "How long ago somebody made sure that each runbook is right.",
             [query("""time() - max by (source, dr_service) (
                    dr_runbook_validated_timestamp_seconds{$$} <= time())""",
                    "{{source}} {{dr_service}}", instant=True)], unit="s", steps=NEUTRAL),
    ]


def by_steps(seconds_a_second):
    """The mean over the shown time, in which steps without any exporter count as 0.

    Of exporters that ran at the same time one view is chosen, and those that followed each other,
    as after a roll-out, are put together.
    """
    return (f"sum_over_time({seconds_a_second}{STEPS})"
            f" / scalar(count_over_time(vector(1){STEPS}))")


def compliance():
    return [
        row("Compliance over the time range"),
        bars("RPO met",
             """Share of the shown time in which every exporter that ran saw the RPO met. Time in
             which none ran counts against it, by the clock on the wall.""",
             [query(by_steps("""min by (dr_service, disruption) (
                    rate(dr_rpo_met_seconds_total{$S}[$__rate_interval]))"""),
                    "{{dr_service}} {{disruption}}", instant=True)],
             unit="percentunit", steps=[(None, "red"), (0.99, "orange"), (0.999, "green")],
             maximum=1),
        bars("RPO missed or unknown",
             "Time in which the RPO was missed, or could not be told, at one exporter at least.",
             [query("$__range_s * " + by_steps("""max by (dr_service, disruption) (
                    rate(dr_rpo_missed_seconds_total{$S}[$__rate_interval])
                    + rate(dr_rpo_unknown_seconds_total{$S}[$__rate_interval]))"""),
                    "{{dr_service}} {{disruption}}", instant=True)], unit="s", steps=NEUTRAL),
    ]


def exporter():
    return [
        row("Exporter"),
        stat("Plan accepted", "Whether the last reload of the configuration succeeded.",
             [query("min by (instance) (dr_exporter_config_last_reload_successful{$$})",
                    "{{instance}}", instant=True)], unit="short", steps=GOOD_FROM_ONE,
             words={"0": ("refused", "red"), "1": ("accepted", "green")}, width=6),
        stat("Warnings of the plan",
             "Objectives that the declared sources cannot meet; `dr_exporter check-config` tells.",
             [query("max by (instance) (dr_exporter_config_warnings{$$})", "{{instance}}",
                    instant=True)], unit="short", steps=BAD_FROM_ONE, width=6),
        stat("Observers", "The failure domains that exporters run in.",
             [query("count by (observer) (dr_exporter_observer_info{$$})", "{{observer}}",
                    instant=True)], unit="short", steps=GOOD_FROM_ONE, width=6),
        stat("Version", "Exporters of each version.",
             [query("count by (version) (dr_exporter_build_info{$$})", "{{version}}",
                    instant=True)], unit="short", steps=NEUTRAL, width=6),
        timeline("Sources", "Whether the latest collection succeeded and is not overdue.",
                 [query("min by (source) (dr_source_up{$$})", "{{source}}")], UP_WORDS, height=10),
        series("Failures by reason", "Failed collections a second.",
               [query("""sum by (source, reason) (
                      rate(dr_source_failures_total{$$}[$__rate_interval])) > 0
                      or 0 * sum by (source) (
                      rate(dr_source_collections_total{$$}[$__rate_interval]))""",
                      "{{source}} {{reason}}")], unit="cps", height=10),
        series("Duration of collections", "Of the latest collection of each source.",
               [query("max by (source) (dr_source_last_collection_duration_seconds{$$})",
                      "{{source}}")], unit="s"),
        series("Age of the last success", "How long ago each source was last measured with "
               "success, at the exporter where that is longest ago.",
               [query("""time() - min by (source) (
                      dr_source_last_success_timestamp_seconds{$$})""", "{{source}}")], unit="s"),
        series("Memory", "Resident memory.",
               [query("max by (instance) (process_resident_memory_bytes{$$})", "{{instance}}")],
               unit="bytes", width=8),
        series("CPU", "Processor time used, in cores.",
               [query("max by (instance) (rate(process_cpu_seconds_total{$$}[$__rate_interval]))",
                      "{{instance}}")], unit="short", width=8),
        series("Open files", "As a share of what is allowed.",
               [query("max by (instance) (process_open_fds{$$} / process_max_fds{$$})",
                      "{{instance}}")], unit="percentunit", width=8),
    ]


def build():
    return dashboard("dr-evidence", "DR evidence and exporter",
                     "Drills, runbooks, what expires, compliance, and the exporter itself.",
                     [*exercises(), *compliance(), *exporter()], templating=variables(),
                     time_from="now-7d")
