"""An order reaches each worker of its server once, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.observe.orders import FOLDER, LIFETIME_SECONDS, Order, Orders


class SetClock:
    now = 1_790_000_000.0


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def worker(folder: Path, clock: SetClock, server: str = "host-1") -> Orders:
    return Orders(lambda: folder, server, lambda: clock.now)


def done(worker: Orders) -> list[Order]:
    orders: list[Order] = []
    worker.carry_out_new(orders.append)
    return orders


def test_each_worker_does_it_once(tmp_path: Path, clock: SetClock) -> None:
    ours, other = worker(tmp_path, clock), worker(tmp_path, clock)
    strange = worker(tmp_path, clock, "host-12")
    ours.publish(Order("purge", "crm"))
    clock.now += 1
    ours.publish(Order("reload"))
    for process in (ours, other):
        assert done(process) == [Order("purge", "crm"), Order("reload")]
        assert done(process) == []
    assert done(strange) == []


def test_a_worker_that_begins_later_does_nothing_of_before(
    tmp_path: Path, clock: SetClock
) -> None:
    ours = worker(tmp_path, clock)
    ours.publish(Order("reload"))
    later = worker(tmp_path, clock)
    assert done(later) == []
    ours.publish(Order("reset", "crm"))
    assert done(later) == [Order("reset", "crm")]


def test_orders_go_when_all_have_seen_them(tmp_path: Path, clock: SetClock) -> None:
    ours = worker(tmp_path, clock)
    ours.publish(Order("reload"))
    done(ours)
    clock.now += LIFETIME_SECONDS + 1
    done(ours)
    assert list((tmp_path / FOLDER).iterdir()) == []
    assert done(ours) == []


@pytest.mark.parametrize("text", [b"", b"[]", b'{"kind": "rm", "source": ""}', b"{}"])
def test_files_that_are_no_order_are_left_alone(
    tmp_path: Path, clock: SetClock, text: bytes
) -> None:
    ours = worker(tmp_path, clock)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "host-1-order-1-a.json").write_bytes(text)
    assert done(ours) == []


def test_a_failing_order_delays_no_other(tmp_path: Path, clock: SetClock) -> None:
    ours = worker(tmp_path, clock)
    for kind in ("purge", "reload"):
        ours.publish(Order(kind))
        clock.now += 1
    seen: list[str] = []

    def do(order: Order) -> None:
        seen.append(order.kind)
        if order.kind == "purge":
            raise ValueError("odd")

    ours.carry_out_new(do)
    assert seen == ["purge", "reload"]
