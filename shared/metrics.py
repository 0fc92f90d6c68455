"""Every Prometheus metric of the hub, each named once. Labels never hold an address, a name or an id of a person."""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# When each series began: as many samples again, and nobody looks at them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library gives it no types

_IN_WINDOW = ["queue", "window"]

records_taken = Counter("hub_records_taken", "Records of a topic that were applied", ["topic", "group"])
records_dead = Counter("hub_records_dead", "Records that were dead-lettered", ["topic", "group"])
batch_retries = Counter(
    "hub_batch_retries", "Batches tried again after a passing fault of a server", ["topic", "group", "server"]
)
batch_seconds = Histogram("hub_batch_seconds", "Time to apply a batch, retries included", ["topic", "group"])
consumer_lag = Gauge("hub_consumer_lag", "Records published but not applied yet", ["topic", "group"])
events_published = Counter("hub_events_published", "Events that Kafka acknowledged", ["topic"])
decisions_appended = Counter("hub_decisions_appended", "Entries appended to a decision log", ["service"])
decision_seconds = Histogram(
    "hub_decision_seconds",
    "Time to decide commands that came together, until the decision is durable",
    ["service"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
commands_decided = Counter("hub_commands_decided", "Commands that were decided", ["service", "outcome"])
tickets_not_opened = Counter("hub_tickets_not_opened", "Interactions that asked for a ticket and got none", ["reason"])
wait_error_seconds = Histogram(
    "hub_wait_error_seconds",
    "Waits of answered contacts beyond the median that was estimated when they began to wait",
    ["queue"],
    buckets=(-3_600, -900, -300, -120, -60, -30, -10, 0, 10, 30, 60, 120, 300, 900, 3_600),
)
waits_measured = Counter(
    "hub_waits_measured", "Waits that were estimated, by the estimate for nine of ten", ["queue", "wait"]
)
sla_warned = Counter("hub_sla_warned", "Tickets whose target was about to be missed", ["target"])
sla_breached = Counter("hub_sla_breached", "Tickets whose target was missed", ["target"])
kpi_deviations = Counter("hub_kpi_deviations", "Deviations from targets", ["change"])
alert_deliveries = Counter("hub_alert_deliveries", "Attempts to tell a webhook of an alert", ["outcome"])
http_requests = Counter("hub_http_requests", "HTTP requests", ["service", "method", "route", "status"])
http_seconds = Histogram("hub_http_seconds", "Time to answer a request", ["service", "route"])

# What docs/kpis.md defines, as the metrics service last read it.
figures_unread = Counter("hub_figures_unread", "Times the figures could not be read, so none were told")
contacts_waiting = Gauge("hub_contacts_waiting", "Contacts that are in the queue now", ["queue"])
oldest_wait_seconds = Gauge(
    "hub_oldest_wait_seconds", "How long the longest-waiting contact has waited, 0 where nobody waits", ["queue"]
)
agents = Gauge("hub_agents", "Agents who are signed in", ["status"])
occupancy_ratio = Gauge(
    "hub_occupancy_ratio", "Time of agents with a contact, of that and the time available without one", ["window"]
)
contacts_offered = Gauge("hub_contacts_offered", "Contacts that entered the queue within the window", _IN_WINDOW)
contacts_answered = Gauge("hub_contacts_answered", "Contacts that an agent accepted within the window", _IN_WINDOW)
contacts_answered_in_time = Gauge(
    "hub_contacts_answered_in_time", "Contacts answered within the service-level threshold, in the window", _IN_WINDOW
)
contacts_abandoned = Gauge(
    "hub_contacts_abandoned", "Contacts whose customer left before acceptance within the window", _IN_WINDOW
)
contacts_handled = Gauge("hub_contacts_handled", "Accepted contacts that were completed within the window", _IN_WINDOW)
service_level_ratio = Gauge(
    "hub_service_level_ratio", "Answered in time, of those answered and abandoned (definition strict)", _IN_WINDOW
)
service_level_target_ratio = Gauge(
    "hub_service_level_target_ratio", "The share that the queue should at least reach", ["queue"]
)
abandon_ratio = Gauge("hub_abandon_ratio", "Abandoned, of those answered and abandoned", _IN_WINDOW)
average_speed_of_answer_seconds = Gauge(
    "hub_average_speed_of_answer_seconds", "Mean wait of answered contacts", _IN_WINDOW
)
average_handle_time_seconds = Gauge(
    "hub_average_handle_time_seconds", "Mean talk, hold and wrap-up of handled contacts", _IN_WINDOW
)
satisfaction_ratio = Gauge(
    "hub_satisfaction_ratio", "Mean of score and best score, of answers to surveys that name the queue", _IN_WINDOW
)
survey_answers = Gauge("hub_survey_answers", "Answers to surveys that name the queue, within the window", _IN_WINDOW)
interactions = Gauge(
    "hub_interactions", "Messages, calls and posts of people within the window", ["channel", "direction", "window"]
)
