"""Every Prometheus metric of the hub, each named once. Labels never hold an address, a name or an id of a person."""

from prometheus_client import Counter, Gauge, Histogram

records_taken = Counter("hub_records_taken", "Records of a topic that were applied", ["topic", "group"])
records_dead = Counter("hub_records_dead", "Records that were dead-lettered", ["topic", "group"])
batch_retries = Counter("hub_batch_retries", "Batches tried again after a passing fault", ["topic", "group"])
batch_seconds = Histogram("hub_batch_seconds", "Time to apply a batch, retries included", ["topic", "group"])
consumer_lag = Gauge("hub_consumer_lag", "Records published but not applied yet", ["topic", "group"])
events_published = Counter("hub_events_published", "Events that Kafka acknowledged", ["topic"])
decisions_appended = Counter("hub_decisions_appended", "Entries appended to a decision log", ["service"])
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
http_requests = Counter("hub_http_requests", "HTTP requests", ["service", "method", "route", "status"])
http_seconds = Histogram("hub_http_seconds", "Time to answer a request", ["service", "route"])
