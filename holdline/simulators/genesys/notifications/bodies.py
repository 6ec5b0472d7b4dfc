"""What the topics of an edge and of a queue say; an idle queue leaves its data out."""

from typing import Any

from holdline.simulators.clock import now
from holdline.simulators.genesys.callers import Queue
from holdline.simulators.genesys.world import Edge


def edge_topic(edge: Edge) -> str:
    """The topic of an edge."""
    return f"v2.telephony.providers.edges.{edge.id}"


def edge_event(edge: Edge) -> dict[str, Any]:
    """An EdgeChangeTopicEdge."""
    return {"id": edge.id, "onlineStatus": "ONLINE" if edge.online else "OFFLINE"}


def queue_topic(queue: Queue) -> str:
    """The topic of a queue's activity."""
    return f"v2.analytics.queues.{queue.id}.activity"


def queue_event(queue: Queue) -> dict[str, Any]:
    """A V2QueueObservationObservationCountNotification; it names no queue, the topic does."""
    if queue.since is None:
        return {"results": [{"mediaType": "voice"}]}
    data: list[dict[str, Any]] = [{"metric": "oWaiting", "count": len(queue.since)}]
    if queue.since and queue.told != "not":
        since = min(queue.since)
        value = since.timestamp() if queue.told == "instant" else (now() - since).total_seconds()
        data.append({"metric": "oLongestWaiting", "count": 1, "calculatedMetricValue": round(value * 1000)})
    return {"results": [{"mediaType": "voice", "data": data}]}
