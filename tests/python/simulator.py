"""Runs the lists of another client, the Python package `anaplan-sdk`, against the simulator.

    pip install anaplan-sdk && cargo build -p cloudworks-sim
    python tests/python/simulator.py target/debug/cloudworks-sim

That package checks each reply against its own models, which were made from live tenants: what it
refuses, the simulator should not say. Its hosts are fixed in its code, so its requests are sent to
the simulator here. It ends with 1 at the first reply that it does not understand.
"""

import asyncio
import re
import subprocess
import sys

import anaplan_sdk
import httpx2

# The address of the service, and the variable in which the simulator names its own.
HOSTS = {
    "https://api.cloudworks.anaplan.com/2/0": "ANAPLAN_CLOUDWORKS_URL",
    "https://auth.anaplan.com": "ANAPLAN_AUTH_URL",
    "https://api.anaplan.com/2/0": "ANAPLAN_API_URL",
}
IMPORT = "840ccd8a279a454d99577d9538f24f09"
# The history of the import holds runs of a flow (`scheduled_inf`), which the package does not know.
PROCESS = "2b7e151628aed2a6abf7158809cf4f3c"
FAILED_RUN = "152b8666a0234754afc36f1cde0fd9d2"
USER = {"user_email": "ada.planner@example.com", "password": "password"}


def elsewhere(request, variables):
    """The same request, to the simulator."""
    url = str(request.url)
    if url.startswith(variables["ANAPLAN_AUTH_URL"]):
        return request
    for host, name in HOSTS.items():
        if url.startswith(host):
            request.url = httpx2.URL(variables[name] + url[len(host) :])
            request.headers["Host"] = request.url.netloc.decode()
            return request
    raise SystemExit(f"{url}: this host is not simulated")


def redirect(variables):
    """Every request of this program goes to the simulator, those of a log-in included."""
    send = httpx2.HTTPTransport.handle_request
    send_async = httpx2.AsyncHTTPTransport.handle_async_request
    httpx2.HTTPTransport.handle_request = lambda self, request: send(
        self, elsewhere(request, variables)
    )
    httpx2.AsyncHTTPTransport.handle_async_request = lambda self, request: send_async(
        self, elsewhere(request, variables)
    )


def blocking():
    client = anaplan_sdk.Client(**USER)
    cw = client.cw
    return [
        ("get_connections", cw.get_connections()),
        ("get_integrations", cw.get_integrations(sort_by="name", descending=True)),
        ("get_integration", cw.get_integration(IMPORT)),
        ("get_run_history", cw.get_run_history(PROCESS)),
        ("get_run_status", cw.get_run_status(FAILED_RUN)),
        ("get_run_error", cw.get_run_error(FAILED_RUN)),
        ("get_import_error_dump", cw.get_import_error_dump(FAILED_RUN)),
        ("get_notification_config", cw.get_notification_config(integration_id=IMPORT)),
        ("get_flows", cw.flows.get_flows()),
        ("get_flow", cw.flows.get_flow(cw.flows.get_flows()[0].id)),
    ]


async def asynchronous():
    client = anaplan_sdk.AsyncClient(**USER)
    cw = client.cw
    return [
        ("get_connections", await cw.get_connections()),
        ("get_integrations", await cw.get_integrations(sort_by="name", descending=True)),
        ("get_integration", await cw.get_integration(IMPORT)),
        ("get_run_history", await cw.get_run_history(PROCESS)),
        ("get_run_status", await cw.get_run_status(FAILED_RUN)),
        ("get_run_error", await cw.get_run_error(FAILED_RUN)),
        ("get_import_error_dump", await cw.get_import_error_dump(FAILED_RUN)),
        ("get_notification_config", await cw.get_notification_config(integration_id=IMPORT)),
        ("get_flows", await cw.flows.get_flows()),
        ("get_flow", await cw.flows.get_flow((await cw.flows.get_flows())[0].id)),
    ]


def main(program):
    process = subprocess.Popen([program, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        variables = {}
        while len(variables) < 4:
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"the simulator ended after these variables: {variables}")
            if found := re.match(r"\s*export (ANAPLAN_\w+_URL)=(\S+)", line):
                variables[found[1]] = found[2]
        redirect(variables)
        for face, answers in (
            ("blocking", blocking()),
            ("async", asyncio.run(asynchronous())),
        ):
            for name, answer in answers:
                if not answer:
                    raise SystemExit(f"{face} {name}: nothing came")
                print(f"{face} {name}: {len(answer) if isinstance(answer, list) else 'one'}")
    finally:
        process.kill()
        process.wait()


main(sys.argv[1])
