from structlog.testing import capture_logs

from crm.bus import Bus, BusEvent
from tests.unit.crm.world import MONDAY


def event(type_: str) -> BusEvent:
    return BusEvent(type_, MONDAY, {})


def test_all_listeners_hear_every_event_in_order() -> None:
    bus, one, two = Bus(), list[BusEvent](), list[BusEvent]()
    bus.listen(one.append)
    bus.listen(two.append)
    bus.publish([event("a"), event("b")])
    assert [e.type for e in one] == [e.type for e in two] == ["a", "b"]


def test_who_has_stopped_listening_hears_nothing() -> None:
    bus, heard = Bus(), list[BusEvent]()
    stop = bus.listen(heard.append)
    stop()
    bus.publish([event("a")])
    assert heard == []


def test_a_broken_listener_keeps_nobody_from_hearing() -> None:
    bus, heard = Bus(), list[BusEvent]()

    def breaks(_event: BusEvent) -> None:
        raise RuntimeError("broken")

    bus.listen(breaks)
    bus.listen(heard.append)
    with capture_logs() as logs:
        bus.publish([event("call.started")])
    assert [e.type for e in heard] == ["call.started"]
    assert [line["event"] for line in logs] == ["bus listener failed"]


def test_a_listener_may_stop_while_it_is_called() -> None:
    bus, heard = Bus(), list[str]()

    def once(told: BusEvent) -> None:
        heard.append(told.type)
        stop()

    stop = bus.listen(once)
    bus.publish([event("a"), event("b")])
    assert heard == ["a"]
