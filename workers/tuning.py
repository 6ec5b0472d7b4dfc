"""The embedded server's flags, in one list: measured, not documented by Temporal for users, hence `plain`."""

# Without these the development server reads its one history shard's queues 20 times a second, which costs
# every dispatch some 40 ms, and puts a floor of one second under every durable timer and retry back-off.
# One task queue partition makes rate limits and priorities exact; fairness by entity needs its switch.
_TUNED = (
    "history.transferProcessorMaxPollRPS=1000",
    "history.timerProcessorMaxPollRPS=1000",
    "history.visibilityProcessorMaxPollRPS=1000",
    'history.timerProcessorMaxTimeShift="10ms"',
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    "matching.enableFairness=true",
)

# The default cap of 200 skips switches skipping off without a word, and a long test then waits in real time.
_TIME_SKIPPING = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    "frontend.WorkflowTimeSkippingMaxSkipPerSession=100000",
)


def dynamic_config(*, plain: bool = False, time_skipping: bool = False) -> list[str]:
    """Return the server's dynamic configuration as flags; `plain` leaves the tuning out."""
    values = (() if plain else _TUNED) + (_TIME_SKIPPING if time_skipping else ())
    return [part for value in values for part in ("--dynamic-config-value", value)]


def pragmas(*, durable: bool = False, plain: bool = False) -> list[str]:
    """Return the SQLite flags.

    Write-ahead logging loses nothing when the server is killed. `durable` also survives a power cut, at a fifth of
    the throughput; SQLite's own default, which `plain` keeps, does so at three quarters.
    """
    if plain:
        return []
    synchronous = "FULL" if durable else "NORMAL"
    return ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", f"synchronous={synchronous}"]
