"""How the embedded PostgreSQL is set: durable always, sized to the machine."""

from __future__ import annotations

import os

MIB = 1024 * 1024
SMALL_SHARED_MEMORY = 256 * MIB


def get_settings(*, port: int, cluster_name: str, is_durable: bool) -> dict[str, str]:
    """
    Give the server's settings.

    :param is_durable: False only for tests, whose data may be lost with the machine.
    """
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    shared_mb = min(max(memory_mb // 16, 128), 1024)
    on = "on" if is_durable else "off"
    return {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "cluster_name": cluster_name,
        "max_connections": "100",
        "shared_buffers": f"{shared_mb}MB",
        "effective_cache_size": f"{max(memory_mb // 2, 256)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": f"{min(max(memory_mb // 32, 64), 256)}MB",
        "dynamic_shared_memory_type": "mmap" if _shared_memory_is_small() else "posix",
        "wal_compression": "pglz",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "log_min_duration_statement": "2s",
        "log_lock_waits": "on",
        "fsync": on,
        "synchronous_commit": on,
        "full_page_writes": on,
    }


def _shared_memory_is_small() -> bool:
    """Containers often give /dev/shm 64 MB, too little for parallel queries."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return True
    return room.f_blocks * room.f_frsize < SMALL_SHARED_MEMORY
