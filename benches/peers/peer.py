"""The Python side of run.py, which starts it in its virtual environment.

`async BASE SLOW` and `blocking BASE SLOW` are workers: each line of input is a task, each line of
output the seconds that it took. `first-async` and `first-blocking` end after their first answer.
"""

import asyncio
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import anaplan_sdk
from anaplan_sdk import _auth

RUN = "91a01d97958d44baaa58ad8a3d45804e"
SEQUENTIAL = 2000
AT_ONCE = 1000

logging.disable(logging.CRITICAL)


def set_up(kind, base, password):
    """A client that speaks to `base`: the package has no setting for that."""
    if password:
        credentials = {"user_email": "user@example.com", "password": "password"}

        def request(self):
            headers = {"Authorization": "Basic dXNlckBleGFtcGxlLmNvbTpwYXNzd29yZA=="}
            url = f"{base}/token/authenticate"
            return _auth.httpx2.Request(method="post", url=url, headers=headers)

        _auth._AnaplanBasicAuth._build_auth_request = request
    else:
        credentials = {"token": "token"}
    client = kind(page_size=250, **credentials)
    client.cw._url = f"{base}/integrations"
    return client


async def do_async(task, base, slow):
    at = slow if task.startswith("concurrent") else base
    client = set_up(anaplan_sdk.AsyncClient, at, task == "concurrent-password")
    began = time.perf_counter()
    if task == "sequential":
        for _ in range(SEQUENTIAL):
            await client.cw.get_run_status(RUN)
    elif task == "list":
        assert len(await client.cw.get_integrations()) == 5000
    elif task == "first":
        await client.cw.get_run_status(RUN)
    else:
        await asyncio.gather(*(client.cw.get_run_status(RUN) for _ in range(AT_ONCE)))
    return time.perf_counter() - began


def do_blocking(task, base, slow):
    at = slow if task.startswith("concurrent") else base
    client = set_up(anaplan_sdk.Client, at, task == "concurrent-password")
    began = time.perf_counter()
    if task == "sequential":
        for _ in range(SEQUENTIAL):
            client.cw.get_run_status(RUN)
    elif task == "list":
        assert len(client.cw.get_integrations()) == 5000
    elif task == "first":
        client.cw.get_run_status(RUN)
    else:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda _: client.cw.get_run_status(RUN), range(AT_ONCE)))
    return time.perf_counter() - began


def main():
    mode, base, slow = sys.argv[1:]
    if mode == "first-async":
        asyncio.run(do_async("first", base, slow))
    elif mode == "first-blocking":
        do_blocking("first", base, slow)
    else:
        for line in sys.stdin:
            task = line.strip()
            if mode == "async":
                took = asyncio.run(do_async(task, base, slow))
            else:
                took = do_blocking(task, base, slow)
            print(took, flush=True)


main()
