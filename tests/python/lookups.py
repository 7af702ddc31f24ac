"""The look-ups of the Python client `anaplan-sdk`, unchanged, against the simulator.

Run it: `.ci/slow python_client`, or with the package installed
`python tests/python/lookups.py target/debug/cloudworks-sim`

It starts the simulator at its default port, with its default estate. The package has its hosts in its
code, so that its HTTP client is given a transport that sends them to the simulator; nothing else of it
is touched. What it needs of a reply, and what it refuses, is thus its own.
"""

import asyncio
import base64
import json
import subprocess
import sys
import time
import urllib.request

import anaplan_sdk
import httpx2

SIMULATOR = "http://127.0.0.1:8080"
WORKSPACE = "8a81b09d599f3c6e0159f605560c2630"
MODEL = "8896D8C366BC48E5A3182B9F5CE10526"


def at_the_simulator(request):
    """The same request, to the simulator."""
    assert request.url.host == "api.anaplan.com", request.url
    url = httpx2.URL(SIMULATOR + "/api" + request.url.raw_path.decode())
    headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
    return httpx2.Request(request.method, url, headers=headers, content=request.content)


class ToSimulator(httpx2.HTTPTransport):
    def handle_request(self, request):
        return super().handle_request(at_the_simulator(request))


class AsyncToSimulator(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        return await super().handle_async_request(at_the_simulator(request))


def log_in():
    login = base64.b64encode(b"ada.planner@example.com:password").decode()
    headers = {"Authorization": f"Basic {login}"}
    url = f"{SIMULATOR}/token/authenticate"
    request = urllib.request.Request(url, method="POST", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as reply:
        return json.load(reply)["tokenInfo"]["tokenValue"]


def settings(transport, page_size):
    return {
        "workspace_id": WORKSPACE,
        "model_id": MODEL,
        "token": log_in(),
        "page_size": page_size,
        "transport": transport,
    }


CALLS = [
    ("get_workspaces", ()),
    ("get_workspaces", (None, "name", True)),
    ("get_workspace", ()),
    ("get_models", ()),
    ("get_models", (True,)),
    ("get_models", (False, None, "active_state")),
    ("get_model", ()),
    ("get_files", ()),
    ("get_actions", ()),
    ("get_actions", ("name", True)),
    ("get_processes", ()),
    ("get_imports", ()),
    ("get_exports", ()),
]


def check(name, arguments, answer):
    """What the estate holds, as this client reads it."""
    names = [one.name for one in answer] if isinstance(answer, list) else answer.name
    expected = {
        ("get_workspaces", ()): {"Supply chain", "Finance"},
        ("get_workspace", ()): "Supply chain",
        ("get_model", ()): "Demand planning",
        ("get_files", ()): {"products.csv", "sales.csv", "Forecast.csv"},
        ("get_processes", ()): {"Load everything", "Nightly clean-up", "Optimize", "Publish"},
    }.get((name, arguments))
    if isinstance(expected, set):
        assert set(names) == expected, (name, names)
    elif expected:
        assert names == expected, (name, names)
    if (name, arguments) == ("get_workspaces", (None, "name", True)):
        assert names == ["Supply chain", "Finance"], names
    if (name, arguments) == ("get_models", ()):
        # One that is hidden is not in this list.
        assert len(names) == 6 and "Payroll" not in names, names
        assert names.count("Budget") == 2, names
    if (name, arguments) == ("get_models", (True,)):
        assert "Payroll" in names and names.count("Budget") == 1, names
    if name == "get_files":
        assert [one.id for one in answer] == sorted(one.id for one in answer)
    if name == "get_imports":
        by_id = {one.id: one for one in answer}
        assert by_id[112000000001].file_id == 113000000001
        assert by_id[112000000003].file_id is None and by_id[112000000004].file_id is None
    if (name, arguments) == ("get_actions", ()):
        assert "OPTIMIZER" in {one.type for one in answer}


def run_blocking(page_size):
    client = anaplan_sdk.Client(**settings(ToSimulator(), page_size))
    for name, arguments in CALLS:
        check(name, arguments, getattr(client, name)(*arguments))


async def run_async(page_size):
    client = anaplan_sdk.AsyncClient(**settings(AsyncToSimulator(), page_size))
    for name, arguments in CALLS:
        check(name, arguments, await getattr(client, name)(*arguments))


def main():
    simulator = subprocess.Popen([sys.argv[1]], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                log_in()
                break
            except OSError:
                assert simulator.poll() is None, "the simulator has ended"
                time.sleep(0.05)
        # All at once, and page by page.
        for page_size in (5000, 2):
            run_blocking(page_size)
            asyncio.run(run_async(page_size))
    finally:
        simulator.terminate()
        simulator.wait()
    print(f"{len(CALLS)} look-ups, blocking and async, in one page and in many: as expected")


if __name__ == "__main__":
    main()
